/// Why a document is not acceptable JSON, and where.
public struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The rule that was broken.
    public enum Rule: Sendable, Hashable {
        case unexpectedEnd
        case unexpectedByte(UInt8, expected: String)
        case trailingBytes
        case invalidNumber
        case invalidEscape
        case loneSurrogate
        case controlCharacter
        case invalidUTF8
        case duplicateKey(String)
        case tooDeep(limit: Int)
        case tooLarge(limit: Int)
        case tooManyValues(limit: Int)
    }

    /// The rule that was broken.
    public let rule: Rule
    /// The byte offset in the document.
    public let offset: Int

    package init(rule: Rule, offset: Int) {
        self.rule = rule
        self.offset = offset
    }

    public var description: String { "\(rule.explanation) at byte \(offset)" }
}

extension JSONError.Rule {
    fileprivate var explanation: String {
        switch self {
        case .unexpectedEnd: "the document ends early"
        case .unexpectedByte(let byte, let expected):
            "found \(Self.show(byte)) where \(expected) should stand"
        case .trailingBytes: "something follows the end of the document"
        case .invalidNumber: "malformed number"
        case .invalidEscape: "malformed escape in a string"
        case .loneSurrogate: "lone surrogate in a string (half of a \\uD800-\\uDFFF pair)"
        case .controlCharacter: "unescaped control character in a string"
        case .invalidUTF8: "invalid UTF-8"
        case .duplicateKey(let key): "key \"\(key)\" stands twice in one object"
        case .tooDeep(let limit): "nested deeper than \(limit) levels"
        case .tooLarge(let limit): "larger than \(limit) bytes"
        case .tooManyValues(let limit): "more than \(limit) values"
        }
    }

    private static func show(_ byte: UInt8) -> String {
        (0x21...0x7E).contains(byte)
            ? "'\(Character(Unicode.Scalar(byte)))'" : "byte 0x\(String(byte, radix: 16))"
    }
}
