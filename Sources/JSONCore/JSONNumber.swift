/// A number as spelled in a document.
///
/// Two numbers are equal when they are spelled alike; compare `double` for numeric equality.
public struct JSONNumber: Sendable, Hashable {
    /// The literal, valid by RFC 8259.
    public let literal: String

    /// Wraps a literal that the parser has checked.
    init(checked literal: String) { self.literal = literal }

    /// The number as an integer literal.
    public init(_ value: Int) { literal = String(value) }

    /// The shortest literal that reads back as the same double.
    ///
    /// - Precondition: `value` is finite.
    public init(_ value: Double) {
        precondition(value.isFinite, "JSON has no spelling for \(value)")
        literal = "\(value)"
    }

    /// The shortest literal that reads back as the same float.
    ///
    /// - Precondition: `value` is finite.
    public init(_ value: Float) {
        precondition(value.isFinite, "JSON has no spelling for \(value)")
        literal = "\(value)"
    }

    /// The value as an integer, or nil when it has a fraction, an exponent, or does not fit 64 bits.
    public var int: Int? { Int(literal) }

    /// The nearest double; an overflowing literal gives an infinity.
    public var double: Double { Double(literal) ?? .nan }
}
