extension HubRoutes {
    /// `HEAD` and `GET /{repo}/resolve/{rev}/{path}`: a redirect, to the object store for a large file, and to this
    /// host for a small one.
    func resolve(_ exchange: Exchange, _ authorization: String?) async throws -> Reply {
        let id = exchange.path[0] + "/" + exchange.path[1]
        let file = exchange.path.dropFirst(4).joined(separator: "/")
        let repository = try await world.readable(id, authorization: authorization)
        let commit = try repository.resolve(exchange.path[3])
        let common = [("X-Repo-Commit", commit.oid), ("Accept-Ranges", "bytes")]
        guard let entry = commit.tree[file] else {
            throw Refusal(404, "Entry not found", code: "EntryNotFound", headers: common)
        }
        var reply = Reply(status: 302, headers: common)
        reply.headers += [
            ("X-Linked-Size", String(entry.size)), ("X-Linked-Etag", "\"\(entry.contentID)\""),
            ("ETag", "\"\(entry.contentID)\""),
        ]
        switch entry {
        case .large(let oid, _):
            let path = "/repos/\(repository.number)/\(oid)"
            let query = signatures.query(
                method: "GET", path: path, seconds: await world.settings.signedSeconds)
            reply.headers.append(("Location", await storage() + path + "?" + query))
        case .regular:
            reply.status = 307
            let target =
                "/api/resolve-cache/models/\(id)/\(commit.oid)/\(percentEncoded(file, keepingSlashes: true))"
            reply.headers.append(("Location", target))
        }
        return reply
    }

    /// Where a small file's redirect leads.
    func resolveCache(_ exchange: Exchange, _ authorization: String?) async throws -> Reply {
        let id = exchange.path[3] + "/" + exchange.path[4]
        let file = exchange.path.dropFirst(6).joined(separator: "/")
        let repository = try await world.readable(id, authorization: authorization)
        let commit = try repository.resolve(exchange.path[5])
        guard case .regular(let blob, _) = commit.tree[file], let content = repository.blobs[blob] else {
            throw Refusal(
                404, "Entry not found", code: "EntryNotFound", headers: [("X-Repo-Commit", commit.oid)])
        }
        var reply = Reply.content(.bytes(content), etag: "\"\(blob)\"", range: exchange.range)
        reply.headers.append(("X-Repo-Commit", commit.oid))
        reply.headers.removeAll { $0.0 == "Content-Type" }
        reply.headers.append(("Content-Type", "text/plain; charset=utf-8"))
        return reply
    }
}
