/// A JSON document with the member order and the spelling of numbers of the file.
///
/// Configuration files are carried over verbatim from a base model into a checkpoint, so a value keeps what a
/// dictionary-based parser loses: the order of members and the exact spelling of numbers.
public enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case number(JSONNumber)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

extension JSONValue {
    /// The string, when this is a string.
    public var string: String? { if case .string(let value) = self { value } else { nil } }
    /// The flag, when this is `true` or `false`.
    public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    /// The elements, when this is an array.
    public var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
    /// The members, when this is an object.
    public var object: JSONObject? { if case .object(let value) = self { value } else { nil } }
    /// The value as an integer, when it is a number without fraction or exponent in `JSONNumber.integerRange`.
    public var int: Int? { if case .number(let value) = self { value.int } else { nil } }
    /// The value as a double, when this is a number that a double can hold.
    public var double: Double? {
        if case .number(let value) = self, value.double.isFinite { value.double } else { nil }
    }
    /// Whether this is `null`.
    public var isNull: Bool { self == .null }

    /// What kind of value this is, in the words of an error message.
    public var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }

    /// A member of this object, or nil when it is missing or this is not an object.
    public subscript(key: String) -> JSONValue? { object?[key] }
}

// No nil literal: it would make `optional.flatMap { $0.isNull ? nil : $0 }` return a null value instead of nil.
extension JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int) { self = .number(JSONNumber(value)) }
    public init(floatLiteral value: Double) { self = JSONValue(value) }
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(JSONObject(elements))
    }
}

extension JSONValue {
    /// An integer value.
    public init(_ value: Int) { self = .number(JSONNumber(value)) }
    /// A decimal value; `null` when it is not finite, which JSON cannot spell.
    public init(_ value: Double) { self = value.isFinite ? .number(JSONNumber(value)) : .null }
    /// A decimal value spelled with as few digits as single precision needs; `null` when not finite.
    public init(_ value: Float) { self = value.isFinite ? .number(JSONNumber(value)) : .null }
    /// A string value.
    public init(_ value: String) { self = .string(value) }
    /// A boolean value.
    public init(_ value: Bool) { self = .bool(value) }
    /// An array of values.
    public init(_ values: [JSONValue]) { self = .array(values) }
    /// An array of strings.
    public init(_ values: [String]) { self = .array(values.map(JSONValue.string)) }
    /// An object.
    public init(_ value: JSONObject) { self = .object(value) }
}

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

    /// The integers that JSON documents exchange: those that a double holds exactly (RFC 8259, section 6).
    ///
    /// A sum of a thousand of them cannot overflow.
    public static let integerRange = -(1 << 53)...1 << 53

    /// The value as an integer, or nil when it has a fraction or an exponent, or is not in `integerRange`.
    public var int: Int? { Int(literal).flatMap { Self.integerRange.contains($0) ? $0 : nil } }

    /// The value as an integer of 64 bits: only for readers whose arithmetic with it is checked.
    package var wideInt: Int? { Int(literal) }

    /// Whether the number is spelled without fraction and exponent, whatever its size.
    package var isInteger: Bool {
        !literal.utf8.contains { $0 == UInt8(ascii: ".") || $0 | 0x20 == UInt8(ascii: "e") }
    }

    /// The nearest double; an overflowing literal gives an infinity.
    public var double: Double { Double(literal) ?? .nan }
}
