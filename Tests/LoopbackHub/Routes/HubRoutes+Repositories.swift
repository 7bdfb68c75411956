import Foundation

extension HubRoutes {
    /// `/api/repos/create` and `/api/repos/delete`.
    func repositories(_ exchange: Exchange, _ authorization: String?) async throws -> Reply {
        let action = exchange.path.count == 3 ? exchange.path[2] : ""
        guard
            (exchange.method, action) == ("POST", "create")
                || (exchange.method, action) == ("DELETE", "delete")
        else { throw Refusal(404, "Sorry, we can't find the page you are looking for.") }
        guard let token = try await world.accounts.token(authorization: authorization) else {
            throw Refusal(401, "Invalid username or password.")
        }
        let body = try await exchange.object()
        guard let name = body["name"]?.string, name.wholeMatch(of: /[A-Za-z0-9._\-]{1,96}/) != nil,
            !name.hasPrefix("."), !name.hasPrefix("-"), !name.hasSuffix("."), !name.hasSuffix(".git"),
            !name.contains(".."), !name.contains("--")
        else { throw Refusal(400, "Invalid repository name") }
        if let type = body["type"], type != .null, type.string != "model" {
            throw Refusal(400, "This server keeps models only")
        }
        let namespace = body["organization"]?.string ?? token.user
        let id = namespace + "/" + name
        let names = await world.accounts.namespaces(of: token.user)
        if action == "delete" {
            let (repository, _) = try await world.writable(id, authorization: authorization)
            await world.delete(id)
            await store.removeAll(of: repository.number)
            return .text("OK")
        }
        guard names.contains(namespace) else {
            throw Refusal(
                403, "You don't have the rights to create a model under the namespace \"\(namespace)\"")
        }
        guard token.canWrite else {
            throw Refusal(
                403, "This token is read-only: creating a repository needs a token with the role write")
        }
        let url = await hub() + "/" + id
        if await world.repositories[id] != nil {
            throw Refusal(
                409, "You already created this model repo",
                body: ["error": "You already created this model repo", "url": .string(url)])
        }
        let isPrivate = try Self.isPrivate(body) ?? false
        let repository = await world.create(id, isPrivate: isPrivate, author: token.user)
        return .json([
            "url": .string(url), "name": .string(id), "id": .string("repo-\(repository.number)"),
        ])
    }

    /// `PUT /api/models/{repo}/settings`.
    func settings(_ exchange: Exchange, _ id: String, _ authorization: String?) async throws -> Reply {
        _ = try await world.writable(id, authorization: authorization)
        guard let isPrivate = try Self.isPrivate(try await exchange.object()) else {
            throw Refusal(400, "\"visibility\" is required")
        }
        try await world.update(id) { $0.isPrivate = isPrivate }
        return .json(["private": .bool(isPrivate)])
    }

    private static func isPrivate(_ body: [String: JSON]) throws -> Bool? {
        switch (body["visibility"], body["private"]) {
        case (.string("private"), _): true
        case (.string("public"), _): false
        case (nil, .bool(let value)), (.null, .bool(let value)): value
        case (nil, nil), (nil, .null), (.null, nil), (.null, .null): nil
        default: throw Refusal(400, "\"visibility\" must be \"public\" or \"private\"")
        }
    }

    /// `GET /api/models/{repo}/refs`.
    func references(_ id: String, _ authorization: String?) async throws -> Reply {
        let repository = try await world.readable(id, authorization: authorization)
        let list: ([String: String], String) -> JSON = { names, kind in
            .array(
                names.sorted { $0.key < $1.key }.map {
                    [
                        "name": .string($0.key), "ref": "refs/\(kind)/\($0.key)",
                        "targetCommit": .string($0.value),
                    ]
                })
        }
        return .json([
            "branches": list(repository.branches, "heads"), "converts": [],
            "tags": list(repository.tags, "tags"),
            "pullRequests": [],
        ])
    }

    /// `POST` and `DELETE /api/models/{repo}/branch/{name}`.
    func branch(_ exchange: Exchange, _ id: String, _ name: String, _ authorization: String?) async throws
        -> Reply
    {
        _ = try await world.writable(id, authorization: authorization)
        if exchange.method == "DELETE" {
            guard name != "main" else { throw Refusal(403, "The main branch cannot be deleted") }
            try await world.update(id) {
                guard $0.branches.removeValue(forKey: name) != nil else {
                    throw Refusal(404, "Invalid rev id: \(name)", code: "RevisionNotFound")
                }
            }
            return .text("OK")
        }
        let start = try await exchange.object()["startingPoint"]?.string ?? "main"
        try await world.update(id) {
            guard $0.branches[name] == nil else { throw Refusal(409, "Reference already exists") }
            $0.branches[name] = try $0.resolve(start).oid
        }
        return .text("OK")
    }

    /// `POST /api/models/{repo}/tag/{rev}` and `DELETE /api/models/{repo}/tag/{name}`.
    func tag(_ exchange: Exchange, _ id: String, _ name: String, _ authorization: String?) async throws
        -> Reply
    {
        _ = try await world.writable(id, authorization: authorization)
        if exchange.method == "DELETE" {
            try await world.update(id) {
                guard $0.tags.removeValue(forKey: name) != nil else {
                    throw Refusal(404, "Invalid rev id: \(name)", code: "RevisionNotFound")
                }
            }
            return .text("OK")
        }
        guard let tag = try await exchange.object()["tag"]?.string, !tag.isEmpty else {
            throw Refusal(400, "\"tag\" is required")
        }
        try await world.update(id) {
            guard $0.tags[tag] == nil else { throw Refusal(409, "Tag reference exists already") }
            $0.tags[tag] = try $0.resolve(name).oid
        }
        return .text("OK")
    }
}
