/// What goes wrong, and for which requests.
struct Fault: Codable, Sendable {
    var server: String?
    var method: String?
    /// A regular expression searched in the decoded path.
    var path: String?
    /// How many matching requests pass first.
    var skip: Int?
    /// How many are hit then; -1 is all of them.
    var times: Int?
    var action: Action

    struct Action: Codable, Sendable {
        enum Kind: String, Codable, Sendable {
            case status, reset, stall, shortBody, corruptBody, ignoreRange, wrongETag, headers, redirectLoop,
                redirect
            case loseAnswer, revokeToken, raw, rewrite, drip, slowRead
        }

        var kind: Kind
        var status: Int?
        var headers: [String: String]?
        var body: String?
        var readBody: Bool?
        var afterRequestBytes: Int?
        var afterResponseBytes: Int?
        var seconds: Double?
        var bytes: Int?
        var honest: Bool?
        var offset: Int?
        var etag: String?
        var set: [String: String]?
        var remove: [String]?
        var location: String?
        /// What is sent byte for byte instead of an answer, in base64.
        var raw: String?
        /// What follows it again and again until the client hangs up, in base64.
        var again: String?
        /// The seconds between two pieces.
        var every: Double?
        /// A regular expression, every match of which in an honest answer's body becomes `with`.
        var pattern: String?
        var with: String?
    }
}

/// The faults waiting for their requests, in the order they were given.
struct FaultBook: Sendable {
    struct Entry: Sendable {
        let id: Int
        let fault: Fault
        var skip: Int
        var left: Int
        var hits = 0
    }

    private(set) var entries: [Entry] = []
    private var next = 1

    mutating func add(_ fault: Fault) throws -> Int {
        for text in [fault.path, fault.action.pattern] { if let text { _ = try Self.regex(text) } }
        let id = next
        next += 1
        entries.append(Entry(id: id, fault: fault, skip: fault.skip ?? 0, left: fault.times ?? 1))
        return id
    }

    mutating func clear() {
        entries = []
    }

    /// The first fault that wants this request, which is counted against it.
    mutating func match(server: ServerName, method: String, path: String) -> (id: Int, action: Fault.Action)?
    {
        for index in entries.indices where entries[index].left != 0 {
            let fault = entries[index].fault
            guard fault.server == nil || fault.server == server.rawValue,
                fault.method == nil || fault.method == method,
                (try? fault.path.map { try Self.regex($0).firstMatch(in: path) != nil }) ?? true
            else { continue }
            if entries[index].skip > 0 {
                entries[index].skip -= 1
                continue
            }
            if entries[index].left > 0 { entries[index].left -= 1 }
            entries[index].hits += 1
            return (entries[index].id, fault.action)
        }
        return nil
    }

    static func regex(_ text: String) throws -> Regex<AnyRegexOutput> {
        do {
            return try Regex(text)
        } catch {
            throw Refusal(400, "not a regular expression: \(text)")
        }
    }
}
