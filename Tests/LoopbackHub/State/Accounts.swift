/// Users, organisations and their tokens.
struct Accounts: Sendable {
    struct Token: Sendable {
        /// The name under which the token appears in records.
        var name: String
        var user: String
        var canWrite: Bool
        var isRevoked: Bool
    }

    /// Organisations by user.
    var organizations: [String: [String]] = ["me": ["paiml"], "other": []]
    var tokens: [String: Token] = [
        "hf_loopbackOwner": Token(name: "owner", user: "me", canWrite: true, isRevoked: false),
        "hf_loopbackReadOnly": Token(name: "readOnly", user: "me", canWrite: false, isRevoked: false),
        "hf_loopbackForeign": Token(name: "foreign", user: "other", canWrite: true, isRevoked: false),
        "hf_loopbackRevoked": Token(name: "revoked", user: "me", canWrite: true, isRevoked: true),
    ]

    /// The token of an `Authorization` header.
    /// - Returns: nil if there is no header.
    /// - Throws: `Refusal` (401) if it names no valid token.
    func token(authorization: String?) throws -> Token? {
        guard let authorization else { return nil }
        guard authorization.hasPrefix("Bearer "), let token = tokens[String(authorization.dropFirst(7))],
            !token.isRevoked
        else {
            throw Refusal(401, "Invalid credentials in Authorization header")
        }
        return token
    }

    /// The namespaces `user` may write to.
    func namespaces(of user: String) -> [String] {
        [user] + (organizations[user] ?? [])
    }

    /// The name of an `Authorization` header in the records.
    func name(ofAuthorization authorization: String?) -> String {
        guard let authorization else { return "none" }
        if authorization.hasPrefix("Bearer "), let token = tokens[String(authorization.dropFirst(7))] {
            return token.name
        }
        return "unknown:" + authorization.prefix { $0 != " " }
    }
}
