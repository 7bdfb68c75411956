import Platform
import Synchronization

/// An access token. It prints as a placeholder, so that no message, log or dump can hold it.
public struct HubToken: Sendable {
    /// The most bytes that a token has.
    static let sizeLimit = 4096

    /// Shorter texts occur in words; a real token has more than thirty characters.
    private static let leastRedacted = 8
    /// The tokens of this process, so that none is ever shown.
    private static let inUse = Mutex<Set<String>>([])

    /// The tokens that this user has, whether the command needs one or not; making them notes them.
    private static let usersTokens = allFound()

    private let secret: String

    /// Takes a token's text, without the white space around it.
    ///
    /// - Throws: `HubError` when it is empty or cannot stand in a header; the text is not repeated.
    public init(_ text: String, source: String) throws {
        let bytes = text.utf8.drop { $0 <= 0x20 }
        let trimmed = bytes.prefix(bytes.reversed().drop { $0 <= 0x20 }.count)
        guard !trimmed.isEmpty, trimmed.count <= Self.sizeLimit,
            trimmed.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else {
            throw HubError.token("\(source) holds no token", remedy: "put the token there, and nothing else")
        }
        secret = String(decoding: trimmed, as: UTF8.self)
        if secret.utf8.count >= Self.leastRedacted {
            Self.inUse.withLock { [secret] in _ = $0.insert(secret) }
        }
    }

    /// The value of the `Authorization` header.
    var authorization: String { "Bearer " + secret }

    /// A text from elsewhere without the token, should it repeat it.
    func redacting(_ text: String) -> String { Self.without(secret, text) }

    /// A text without the tokens that this process was given, and those of its user.
    package static func redactedKnown(_ text: String) -> String {
        _ = usersTokens
        return inUse.withLock { $0 }.reduce(text) { without($1, $0) }
    }

    /// A text without the tokens of this process, and without anything that looks like one: `hf_` and 20 or more letters
    /// and digits.
    package static func redacted(_ text: String) -> String {
        let known = redactedKnown(text)
        // Bytes are compared many times faster than characters, and nearly all text has no such bytes.
        guard known.utf8.firstRange(of: "hf_".utf8) != nil else { return known }
        var rest = Substring(known)
        guard var start = rest.firstRange(of: "hf_") else { return known }
        var result = ""
        while true {
            let body = rest[start.upperBound...].utf8.prefix { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: false
                }
            }
            result += rest[..<start.lowerBound]
            result += body.count >= 20 ? "(token)" : rest[start.lowerBound..<body.endIndex]
            rest = rest[body.endIndex...]
            guard let next = rest.firstRange(of: "hf_") else { return result + rest }
            start = next
        }
    }

    private static func without(_ secret: String, _ text: String) -> String {
        guard text.utf8.firstRange(of: secret.utf8) != nil else { return text }
        var rest = Substring(text)
        var result = ""
        while let range = rest.firstRange(of: secret) {
            result += rest[..<range.lowerBound] + "(token)"
            rest = rest[range.upperBound...]
        }
        return result + rest
    }
}

extension HubToken: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "(token)" }
    public var debugDescription: String { "(token)" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension HubToken {
    /// The token of this user, or nil without one.
    ///
    /// Looked for in a file that was named, `HF_TOKEN`, `HUGGING_FACE_HUB_TOKEN`, the file `HF_TOKEN_PATH`, and
    /// `$HF_HOME/token`.
    ///
    /// - Throws: `HubError` when a file that was named cannot be read, or what is found is no token.
    public static func find(file: String? = nil, in environment: HubEnvironment = .process) throws
        -> HubToken?
    {
        if let file { return try read(file) }
        for name in ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"] {
            if let text = environment[name] { return try HubToken(text, source: name) }
        }
        if let path = environment["HF_TOKEN_PATH"] {
            return try readIfPresent(WrittenPath.expanded(path) { environment[$0] })
        }
        return try environment.home.flatMap { try readIfPresent($0.appendingComponent("token")) }
    }

    /// Every token that stands where one is looked for; one that cannot be read is none.
    private static func allFound(in environment: HubEnvironment = .process) -> [HubToken] {
        let given = ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"].compactMap { name in
            environment[name].flatMap { try? HubToken($0, source: name) }
        }
        let files = [
            environment["HF_TOKEN_PATH"].map { WrittenPath.expanded($0) { environment[$0] } },
            environment.home?.appendingComponent("token"),
        ]
        return given + files.compactMap { $0 }.compactMap { try? readIfPresent($0) }
    }

    private static func readIfPresent(_ path: String) throws -> HubToken? {
        guard let status = try FileStatus.of(path, followingLinks: true), status.byteCount > 0 else {
            return nil
        }
        return try read(path)
    }

    private static func read(_ path: String) throws -> HubToken {
        // The file is read, not mapped, and the bytes live only as long as the token.
        let text = try MappedFile(path: path, limit: sizeLimit).withUnsafeBytes {
            String(decoding: $0, as: UTF8.self)
        }
        return try HubToken(text, source: path)
    }
}
