import Foundation

/// The routes of the Hub itself.
struct HubRoutes: Sendable {
    let world: World
    let store: ObjectStore
    let signatures: Signatures
    /// `http://host:port` of the Hub and of the object store.
    let hub: @Sendable () async -> String
    let storage: @Sendable () async -> String

    func answer(_ exchange: Exchange) async throws -> Reply {
        let authorization = exchange.header("authorization")
        let limits = try await world.admit(client: authorization ?? "anonymous")
        var reply: Reply
        do {
            reply = try await route(exchange, authorization)
        } catch let refusal as Refusal {
            reply = refusal.reply
        }
        reply.headers += limits
        return reply
    }

    private func route(_ exchange: Exchange, _ authorization: String?) async throws -> Reply {
        let path = exchange.path
        switch (exchange.method, path.first, path.dropFirst().first) {
        case ("GET", "api", "whoami-v2") where path.count == 2:
            return try await whoami(authorization)
        case (_, "api", "repos"):
            return try await repositories(exchange, authorization)
        case ("POST", "api", "validate-yaml") where path.count == 2:
            return try await validateCard(exchange)
        case ("POST", "api", "complete_multipart") where path.count == 2:
            return try await completeMultipart(exchange)
        case (_, "api", "models") where path.count >= 4:
            return try await models(
                exchange, path[2] + "/" + path[3], Array(path.dropFirst(4)), authorization)
        case (_, "api", "resolve-cache") where path.count >= 7 && path[2] == "models":
            return try await resolveCache(exchange, authorization)
        case ("POST", _, _)
        where path.count >= 6 && path[1].hasSuffix(".git") && path[2...4] == ["info", "lfs", "objects"]:
            let id = path[0] + "/" + path[1].dropLast(4)
            switch path[5] {
            case "batch": return try await batch(exchange, id, authorization)
            case "verify": return try await verify(exchange, id, authorization)
            default: break
            }
        case (let method, _, _)
        where path.count >= 5 && path[2] == "resolve" && ["GET", "HEAD"].contains(method):
            return try await resolve(exchange, authorization)
        default:
            break
        }
        throw Refusal(404, "Sorry, we can't find the page you are looking for.")
    }

    private func models(
        _ exchange: Exchange, _ id: String, _ rest: [String], _ authorization: String?
    ) async throws -> Reply {
        switch (exchange.method, rest.first, rest.count) {
        case ("GET", nil, _): return try await info(exchange, id, "main", authorization)
        case ("GET", "revision", 2): return try await info(exchange, id, rest[1], authorization)
        case ("GET", "tree", 2...):
            return try await tree(
                exchange, id, rest[1], rest.dropFirst(2).joined(separator: "/"), authorization)
        case ("POST", "paths-info", 2): return try await pathsInfo(exchange, id, rest[1], authorization)
        case ("GET", "refs", 1): return try await references(id, authorization)
        case ("GET", "commits", 2): return try await history(id, rest[1], authorization)
        case ("POST", "branch", 2), ("DELETE", "branch", 2):
            return try await branch(exchange, id, rest[1], authorization)
        case ("POST", "tag", 2), ("DELETE", "tag", 2):
            return try await tag(exchange, id, rest[1], authorization)
        case ("PUT", "settings", 1): return try await settings(exchange, id, authorization)
        case ("POST", "preupload", 2): return try await preupload(exchange, id, rest[1], authorization)
        case ("POST", "commit", 2): return try await commit(exchange, id, rest[1], authorization)
        default: throw Refusal(404, "Sorry, we can't find the page you are looking for.")
        }
    }

    private func whoami(_ authorization: String?) async throws -> Reply {
        guard let token = try await world.accounts.token(authorization: authorization) else {
            throw Refusal(401, "Invalid username or password.")
        }
        let organizations = await world.accounts.organizations[token.user] ?? []
        return .json([
            "type": "user", "id": .string("id-\(token.user)"), "name": .string(token.user),
            "fullname": .string(token.user), "isPro": false, "canPay": false,
            "orgs": .array(
                organizations.map {
                    [
                        "type": "org", "id": .string("id-\($0)"), "name": .string($0),
                        "fullname": .string($0),
                        "roleInOrg": "write",
                    ]
                }),
            "auth": [
                "type": "access_token",
                "accessToken": [
                    "displayName": .string(token.name), "role": token.canWrite ? "write" : "read",
                ],
            ],
        ])
    }

    private func validateCard(_ exchange: Exchange) async throws -> Reply {
        let object = try await exchange.object()
        guard let content = object["content"]?.string else { throw Refusal(400, "\"content\" is required") }
        return ModelCard(content).verdict
    }
}
