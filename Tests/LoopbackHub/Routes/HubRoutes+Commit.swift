extension HubRoutes {
    /// `POST /api/models/{repo}/commit/{rev}`: all of it or nothing.
    func commit(
        _ exchange: Exchange, _ id: String, _ revision: String, _ authorization: String?
    ) async throws -> Reply {
        let (repository, user) = try await world.writable(id, authorization: authorization)
        guard exchange.header("content-type")?.hasPrefix("application/x-ndjson") == true else {
            throw Refusal(415, "Content-Type must be application/x-ndjson")
        }
        guard repository.branches[revision] != nil else {
            throw Refusal(404, "Invalid rev id: \(revision)", code: "RevisionNotFound")
        }
        let settings = await world.settings
        let lines = try CommitLines(
            try await exchange.body(limit: 256 << 20), regularLimit: settings.regularLimit)
        try await check(lines, in: repository)
        let oid = try await world.update(id) { repository in
            try Self.apply(lines, to: &repository, branch: revision, author: user)
        }
        return .json([
            "success": true, "commitOid": .string(oid),
            "commitUrl": .string(await hub() + "/\(id)/commit/\(oid)"),
            "hookOutput": "",
        ])
    }

    /// Whether every large file has arrived, and the model card, if there is one, is acceptable.
    private func check(_ lines: CommitLines, in repository: Repository) async throws {
        for operation in lines.operations {
            switch operation {
            case .large(let path, let oid, let size):
                let key = "\(repository.number)/\(oid)"
                guard await store.good(key, oid: oid, size: size) != nil else {
                    throw Refusal(
                        400,
                        "LFS object \(oid) of \"\(path)\" was not uploaded, or not with this size and content"
                    )
                }
            case .file("README.md", let content):
                let card = ModelCard(String(decoding: content, as: UTF8.self))
                guard card.errors.isEmpty else {
                    throw Refusal(
                        400, "Invalid metadata in README.md: " + card.errors.joined(separator: "; "))
                }
            default:
                break
            }
        }
    }

    private static func apply(
        _ lines: CommitLines, to repository: inout Repository, branch: String, author: String
    ) throws -> String {
        let head = try repository.resolve(branch)
        if let parent = lines.parent, parent != head.oid {
            throw Refusal(412, "A commit has happened since. Please refresh and try again.")
        }
        var tree = head.tree
        for operation in lines.operations {
            switch operation {
            case .file(let path, let content):
                tree[path] = repository.add(blob: content)
            case .large(let path, let oid, let size):
                tree[path] = .large(oid: oid, size: size)
            case .deleteFile(let path):
                guard tree.removeValue(forKey: path) != nil else {
                    throw Refusal(400, "\"\(path)\" cannot be deleted: it does not exist")
                }
            case .deleteFolder(let path):
                let inside = tree.keys.filter { $0.hasPrefix(path + "/") }
                guard !inside.isEmpty else {
                    throw Refusal(400, "\"\(path)\" cannot be deleted: it does not exist")
                }
                for path in inside { tree[path] = nil }
            }
        }
        let oid = repository.commit(
            tree: tree, parent: head.oid, title: lines.summary, message: lines.description, author: author)
        repository.branches[branch] = oid
        return oid
    }
}
