import Foundation

extension HubRoutes {
    /// `GET /api/models/{repo}[/revision/{rev}]`.
    func info(_ exchange: Exchange, _ id: String, _ revision: String, _ authorization: String?) async throws
        -> Reply
    {
        let repository = try await world.readable(id, authorization: authorization)
        let commit = try repository.resolve(revision)
        let withBlobs = exchange.flags("blobs")
        var siblings: [JSON] = []
        for (path, entry) in commit.tree.sorted(by: { $0.key < $1.key }) {
            var sibling: [String: JSON] = ["rfilename": .string(path)]
            if withBlobs {
                sibling["size"] = .integer(entry.size)
                sibling["blobId"] = .string(entry.blobID)
                if case .large(let oid, let size) = entry {
                    sibling["lfs"] = [
                        "sha256": .string(oid), "size": .integer(size),
                        "pointerSize": .integer(GitObjects.pointer(oid: oid, size: size).count),
                    ]
                }
            }
            siblings.append(.object(sibling))
        }
        var result: [String: JSON] = [
            "_id": "repo-\(repository.number)", "id": .string(id), "modelId": .string(id),
            "author": .string(repository.namespace), "sha": .string(commit.oid),
            "lastModified": .string(Self.date(commit.date)),
            "createdAt": .string(Self.date(repository.created)),
            "private": .bool(repository.isPrivate), "disabled": false, "gated": false, "downloads": 0,
            "likes": 0,
            "tags": [], "spaces": [], "usedStorage": .integer(commit.tree.values.reduce(0) { $0 + $1.size }),
            "siblings": .array(siblings),
        ]
        if case .regular(let blob, _) = commit.tree["README.md"],
            let card = ModelCard(String(decoding: repository.blobs[blob] ?? [], as: UTF8.self)).data
        {
            result["cardData"] = card
            result["tags"] = card[key: "tags"] ?? []
            result["library_name"] = card[key: "library_name"]
            result["pipeline_tag"] = card[key: "pipeline_tag"]
        }
        return .json(.object(result))
    }

    /// `GET /api/models/{repo}/tree/{rev}[/{path}]`, in pages.
    func tree(
        _ exchange: Exchange, _ id: String, _ revision: String, _ folder: String, _ authorization: String?
    ) async throws -> Reply {
        let repository = try await world.readable(id, authorization: authorization)
        let commit = try repository.resolve(revision)
        let prefix = folder.isEmpty ? "" : folder + "/"
        guard folder.isEmpty || commit.directories[folder] != nil else {
            throw Refusal(404, "\(folder) does not exist on \"\(revision)\"", code: "EntryNotFound")
        }
        let isRecursive = exchange.flags("recursive")
        let paths = (Array(commit.tree.keys) + Array(commit.directories.keys)).filter {
            $0.hasPrefix(prefix) && (isRecursive || !$0.dropFirst(prefix.count).contains("/"))
        }.sorted()
        let limit = min(
            await world.settings.pageSize, exchange.parameter("limit").flatMap { Int($0) } ?? .max)
        let start = exchange.parameter("cursor").flatMap { Int($0) } ?? 0
        let page = paths.dropFirst(start).prefix(max(1, limit))
        let expands = exchange.flags("expand")
        var reply = Reply.json(.array(page.map { Self.entry($0, in: commit, expands: expands) }))
        if page.endIndex < paths.count {
            var query = exchange.query.filter { $0.name != "cursor" }
            query.append(("cursor", String(page.endIndex)))
            let text = query.map { "\($0.name)=\(percentEncoded($0.value))" }.joined(separator: "&")
            reply.headers.append(("Link", "<\(await hub())\(exchange.rawPath)?\(text)>; rel=\"next\""))
        }
        return reply
    }

    /// `POST /api/models/{repo}/paths-info/{rev}`; paths that do not exist are left out.
    func pathsInfo(
        _ exchange: Exchange, _ id: String, _ revision: String, _ authorization: String?
    ) async throws -> Reply {
        let commit = try await world.readable(id, authorization: authorization).resolve(revision)
        let paths: [String]
        var expands = false
        if exchange.header("content-type")?.contains("json") == true {
            let object = try await exchange.object()
            paths = object["paths"]?.array?.compactMap(\.string) ?? []
            expands = object["expand"]?.bool ?? false
        } else {
            let form = Exchange.form(String(decoding: try await exchange.body(), as: UTF8.self))
            paths = form.filter { $0.name == "paths" }.map(\.value)
            expands = form.contains { $0.name == "expand" && ["true", "True", "1"].contains($0.value) }
        }
        guard !paths.isEmpty else { throw Refusal(400, "\"paths\" is required") }
        return .json(
            .array(
                paths.filter { commit.tree[$0] != nil || commit.directories[$0] != nil }.map {
                    Self.entry($0, in: commit, expands: expands)
                }))
    }

    /// `GET /api/models/{repo}/commits/{rev}`.
    func history(_ id: String, _ revision: String, _ authorization: String?) async throws -> Reply {
        let repository = try await world.readable(id, authorization: authorization)
        let commits = repository.history(of: try repository.resolve(revision))
        return .json(
            .array(
                commits.map {
                    [
                        "id": .string($0.oid), "title": .string($0.title), "message": .string($0.message),
                        "authors": [["user": .string($0.author)]], "date": .string(Self.date($0.date)),
                    ]
                }))
    }

    private static func entry(_ path: String, in commit: Repository.Commit, expands: Bool) -> JSON {
        var result: [String: JSON] = ["path": .string(path), "size": 0]
        if let entry = commit.tree[path] {
            result["type"] = "file"
            result["size"] = .integer(entry.size)
            result["oid"] = .string(entry.blobID)
            if case .large(let oid, let size) = entry {
                result["lfs"] = [
                    "oid": .string(oid), "size": .integer(size),
                    "pointerSize": .integer(GitObjects.pointer(oid: oid, size: size).count),
                ]
            }
        } else {
            result["type"] = "directory"
            result["oid"] = commit.directories[path].map(JSON.string)
        }
        if expands {
            result["lastCommit"] = [
                "id": .string(commit.oid), "title": .string(commit.title), "date": .string(date(commit.date)),
            ]
        }
        return .object(result)
    }

    static func date(_ date: Date) -> String {
        date.formatted(.iso8601.year().month().day().time(includingFractionalSeconds: true))
            + "Z"
    }
}
