import Foundation

extension HubRoutes {
    /// `POST /api/models/{repo}/preupload/{rev}`: which files are kept as large files, and which are there already.
    func preupload(
        _ exchange: Exchange, _ id: String, _ revision: String, _ authorization: String?
    ) async throws -> Reply {
        let (repository, _) = try await world.writable(id, authorization: authorization)
        let commit = try repository.resolve(revision)
        let body = try await exchange.object()
        guard let files = body["files"]?.array else { throw Refusal(400, "\"files\" is required") }
        guard files.count <= 256 else { throw Refusal(413, "at most 256 files in a request") }
        let limit = await world.settings.regularLimit
        let ignored = Patterns(
            gitIgnore: body["gitIgnore"]?.string ?? Self.text(".gitignore", repository, commit))
        let large = Patterns(gitAttributes: Self.text(".gitattributes", repository, commit))
        var answers: [JSON] = []
        for file in files {
            guard let path = file[key: "path"]?.string, CommitLines.isAcceptable(path: path),
                let size = file[key: "size"]?.integer, size >= 0,
                let sample = file[key: "sample"]?.string.flatMap({ Data(base64Encoded: $0) }),
                sample.count == min(size, 512)
            else {
                throw Refusal(
                    400, "\"files\" needs \"path\", \"size\" and the first 512 bytes in base64 as \"sample\"")
            }
            let isLarge = size > 0 && (large.match(path) || size > limit || sample.contains(0))
            answers.append([
                "path": .string(path), "uploadMode": isLarge ? "lfs" : "regular",
                "shouldIgnore": .bool(ignored.match(path)),
                "oid": commit.tree[path].map { .string($0.contentID) } ?? nil,
            ])
        }
        return .json(["files": .array(answers), "commitOid": .string(commit.oid)])
    }

    private static func text(_ path: String, _ repository: Repository, _ commit: Repository.Commit) -> String
    {
        guard case .regular(let blob, _) = commit.tree[path] else { return "" }
        return String(decoding: repository.blobs[blob] ?? [], as: UTF8.self)
    }

    /// `POST /{repo}.git/info/lfs/objects/batch`.
    func batch(_ exchange: Exchange, _ id: String, _ authorization: String?) async throws -> Reply {
        let (repository, _) = try await world.writable(id, authorization: authorization)
        let body = try await exchange.object()
        guard body["operation"]?.string == "upload" else {
            throw Refusal(422, "\"operation\" must be \"upload\"")
        }
        guard (body["hash_algo"]?.string ?? "sha256") == "sha256" else {
            throw Refusal(409, "\"hash_algo\" must be \"sha256\"")
        }
        let offered = body["transfers"]?.array?.compactMap(\.string) ?? ["basic"]
        guard offered.contains("basic") || offered.contains("multipart") else {
            throw Refusal(422, "none of the transfers is supported")
        }
        if let branch = body["ref"]?[key: "name"]?.string { _ = try repository.resolve(branch) }
        guard let objects = body["objects"]?.array else { throw Refusal(422, "\"objects\" is required") }
        let settings = await world.settings
        var answers: [JSON] = []
        var usesParts = false
        for object in objects {
            guard let oid = object[key: "oid"]?.string, let size = object[key: "size"]?.integer else {
                throw Refusal(422, "an object needs \"oid\" and \"size\"")
            }
            var answer: [String: JSON] = ["oid": .string(oid), "size": .integer(size)]
            let key = "\(repository.number)/\(oid)"
            if !isHex(oid, count: 64) || size <= 0 {
                answer["error"] = ["code": 422, "message": "the oid must be a sha256 and the size positive"]
            } else if await store.good(key, oid: oid, size: size) == nil {
                let inParts =
                    offered.contains("multipart")
                    && (size > settings.multipartThreshold || !offered.contains("basic"))
                usesParts = usesParts || inParts
                var actions: [String: JSON] = [
                    "upload": inParts
                        ? await multipart(key, size: size, settings) : await basic(key, settings)
                ]
                if settings.offersVerify {
                    actions["verify"] = ["href": .string(await hub() + "/\(id).git/info/lfs/objects/verify")]
                }
                answer["authenticated"] = true
                answer["actions"] = .object(actions)
            }
            answers.append(.object(answer))
        }
        var reply = Reply.json(["transfer": usesParts ? "multipart" : "basic", "objects": .array(answers)])
        reply.headers.removeAll { $0.0 == "Content-Type" }
        reply.headers.append(("Content-Type", "application/vnd.git-lfs+json; charset=utf-8"))
        return reply
    }

    private func basic(_ key: String, _ settings: World.Settings) async -> JSON {
        let path = "/repos/\(key)"
        let query = signatures.query(method: "PUT", path: path, seconds: settings.signedSeconds)
        return ["href": .string(await storage() + path + "?" + query)]
    }

    private func multipart(_ key: String, size: Int, _ settings: World.Settings) async -> JSON {
        let upload = await store.begin(key: key, size: size, partSize: settings.partSize)
        let path = "/repos/\(key)"
        let base = await storage() + path + "?"
        var header: [String: JSON] = ["chunk_size": .string(String(settings.partSize))]
        for part in 1...((size + settings.partSize - 1) / settings.partSize) {
            let name = String(repeating: "0", count: max(0, 5 - String(part).count)) + String(part)
            let query = signatures.query(
                method: "PUT", path: path, parameters: [("partNumber", String(part)), ("uploadId", upload)],
                seconds: settings.signedSeconds)
            header[name] = .string(base + query)
        }
        let completion = signatures.query(
            method: "POST", path: "/api/complete_multipart",
            parameters: [("key", key), ("uploadId", upload)],
            seconds: settings.signedSeconds)
        return [
            "href": .string(await hub() + "/api/complete_multipart?" + completion), "header": .object(header),
        ]
    }

    /// `POST /api/complete_multipart`: the signature in the URL is the only authorization.
    func completeMultipart(_ exchange: Exchange) async throws -> Reply {
        try signatures.check(method: "POST", path: exchange.rawPath, query: exchange.query)
        guard let key = exchange.parameter("key"), let upload = exchange.parameter("uploadId") else {
            throw Refusal(400, "\"key\" and \"uploadId\" are required")
        }
        let body = try await exchange.object()
        guard let oid = body["oid"]?.string, key.hasSuffix("/" + oid) else {
            throw Refusal(400, "the oid is not the one this upload was started for")
        }
        let parts = (body["parts"]?.array ?? []).map {
            (number: $0[key: "partNumber"]?.integer ?? 0, etag: $0[key: "etag"]?.string ?? "")
        }
        try await store.complete(upload, key: key, parts: parts)
        return .json(["success": true])
    }

    /// `POST /{repo}.git/info/lfs/objects/verify`: an object that is not what was announced does not stay.
    func verify(_ exchange: Exchange, _ id: String, _ authorization: String?) async throws -> Reply {
        let (repository, _) = try await world.writable(id, authorization: authorization)
        let body = try await exchange.object()
        guard let oid = body["oid"]?.string, let size = body["size"]?.integer else {
            throw Refusal(422, "\"oid\" and \"size\" are required")
        }
        let key = "\(repository.number)/\(oid)"
        guard let object = await store.objects[key] else {
            throw Refusal(404, "Object \(oid) was not uploaded")
        }
        guard object.size == size, object.sha256 == oid else {
            await store.remove(key)
            throw Refusal(
                422, "Object \(oid) does not match: it has \(object.size) bytes and sha256 \(object.sha256)")
        }
        return .json(["success": true])
    }
}
