import Platform

/// An access token. It prints as a placeholder, so that no message, log or dump can hold it.
public struct HubToken: Sendable {
    /// The most bytes that a token has.
    static let sizeLimit = 4096

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
    }

    /// The value of the `Authorization` header.
    var authorization: String { "Bearer " + secret }

    /// A text from elsewhere without the token, should it repeat it.
    func redacting(_ text: String) -> String {
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
        if let path = environment["HF_TOKEN_PATH"] { return try readIfPresent(path) }
        return try environment.home.flatMap { try readIfPresent($0.appendingComponent("token")) }
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
