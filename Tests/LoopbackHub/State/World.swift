import Foundation

/// The Hub's state without the large objects.
actor World {
    struct Settings: Sendable {
        var partSize: Int
        var multipartThreshold: Int
        /// Larger files are not accepted in a commit.
        var regularLimit: Int
        var offersVerify = true
        var pageSize = 1000
        var signedSeconds = 3600
        var rateLimit: (requests: Int, seconds: Int)?
    }

    private let initialSettings: Settings
    private(set) var settings: Settings
    private(set) var accounts = Accounts()
    private(set) var repositories: [String: Repository] = [:]
    private var repositoryCount = 0
    private var faults = FaultBook()
    private var windows: [String: (started: Date, used: Int)] = [:]

    init(settings: Settings) {
        initialSettings = settings
        self.settings = settings
    }

    func reset() {
        settings = initialSettings
        accounts = Accounts()
        repositories = [:]
        faults = FaultBook()
        windows = [:]
    }

    // MARK: Settings, tokens, faults

    func configure(_ change: @Sendable (inout Settings) -> Void) {
        change(&settings)
        windows = [:]
    }

    func set(token: String, to value: Accounts.Token) {
        accounts.tokens[token] = value
        if accounts.organizations[value.user] == nil { accounts.organizations[value.user] = [] }
    }

    func revoke(authorization: String?) {
        guard let authorization, authorization.hasPrefix("Bearer ") else { return }
        accounts.tokens[String(authorization.dropFirst(7))]?.isRevoked = true
    }

    func name(ofAuthorization authorization: String?) -> String {
        accounts.name(ofAuthorization: authorization)
    }

    func add(_ fault: Fault) throws -> Int {
        try faults.add(fault)
    }

    func clearFaults() {
        faults.clear()
    }

    var faultHits: [JSON] {
        faults.entries.map { ["id": .integer($0.id), "hits": .integer($0.hits), "left": .integer($0.left)] }
    }

    func matchFault(server: ServerName, method: String, path: String) -> (id: Int, action: Fault.Action)? {
        server == .control ? nil : faults.match(server: server, method: method, path: path)
    }

    /// Counts a request of `client` against the rate limit.
    /// - Returns: the `RateLimit` headers, empty without a limit.
    /// - Throws: `Refusal` (429).
    func admit(client: String) throws -> [(String, String)] {
        guard let limit = settings.rateLimit else { return [] }
        let now = Date()
        var window = windows[client] ?? (now, 0)
        if now.timeIntervalSince(window.started) >= Double(limit.seconds) { window = (now, 0) }
        let rest = max(1, limit.seconds - Int(now.timeIntervalSince(window.started)))
        let policy = ("RateLimit-Policy", "\"fixed window\";\"api\";q=\(limit.requests);w=\(limit.seconds)")
        guard window.used < limit.requests else {
            throw Refusal(
                429, "We had to rate limit you. Try again later.",
                headers: [("RateLimit", "\"api\";r=0;t=\(rest)"), policy])
        }
        window.used += 1
        windows[client] = window
        return [("RateLimit", "\"api\";r=\(limit.requests - window.used);t=\(rest)"), policy]
    }

    // MARK: Repositories

    /// The repository, if the bearer of `authorization` may read it.
    /// - Throws: `Refusal`: 401 without a valid token, 404 for those who may not know that it exists.
    func readable(_ id: String, authorization: String?) throws -> Repository {
        let token = try accounts.token(authorization: authorization)
        if let repository = repositories[id],
            !repository.isPrivate || isMember(token, of: repository.namespace)
        {
            return repository
        }
        guard token != nil else { throw Refusal(401, "Invalid username or password.") }
        throw Refusal(404, "Repository not found", code: "RepoNotFound")
    }

    /// The same for writing.
    /// - Throws: also 403 for those who may only read.
    func writable(_ id: String, authorization: String?) throws -> (repository: Repository, user: String) {
        let repository = try readable(id, authorization: authorization)
        guard let token = try accounts.token(authorization: authorization) else {
            throw Refusal(401, "Invalid username or password.")
        }
        guard isMember(token, of: repository.namespace) else {
            throw Refusal(403, "You don't have the rights to write to \(id)")
        }
        guard token.canWrite else {
            throw Refusal(403, "This token is read-only: writing needs a token with the role write")
        }
        return (repository, token.user)
    }

    func create(_ id: String, isPrivate: Bool, author: String) -> Repository {
        repositoryCount += 1
        let repository = Repository(id: id, number: repositoryCount, isPrivate: isPrivate, author: author)
        repositories[id] = repository
        return repository
    }

    func delete(_ id: String) {
        repositories[id] = nil
    }

    /// Changes a repository as one step.
    func update<Result: Sendable>(
        _ id: String, _ change: @Sendable (inout Repository) throws -> Result
    ) throws -> Result {
        guard var repository = repositories[id] else {
            throw Refusal(404, "Repository not found", code: "RepoNotFound")
        }
        let result = try change(&repository)
        repositories[id] = repository
        return result
    }

    private func isMember(_ token: Accounts.Token?, of namespace: String) -> Bool {
        token.map { accounts.namespaces(of: $0.user).contains(namespace) } ?? false
    }
}
