/// How a document is laid out when written.
public struct JSONStyle: Sendable {
    /// Spaces per level, or nil for one line without white space.
    public var indent: Int?
    /// Whether members are written in ascending byte order of their keys.
    public var sortedKeys: Bool
    /// Whether everything beyond ASCII is escaped, as Python's `json.dumps` does by default.
    public var asciiOnly: Bool

    /// One line, document order.
    public static let compact = JSONStyle(indent: nil, sortedKeys: false, asciiOnly: false)
    /// Two spaces a level, document order: for files people read.
    public static let pretty = JSONStyle(indent: 2, sortedKeys: false, asciiOnly: false)
    /// One line, sorted keys: the same value always gives the same bytes.
    public static let canonical = JSONStyle(indent: nil, sortedKeys: true, asciiOnly: false)

    /// A layout of your own.
    public init(indent: Int?, sortedKeys: Bool, asciiOnly: Bool) {
        self.indent = indent
        self.sortedKeys = sortedKeys
        self.asciiOnly = asciiOnly
    }
}

extension JSONValue {
    /// The document as text, without a final newline.
    public func encoded(_ style: JSONStyle = .compact) -> String {
        var writer = JSONWriter(style: style)
        writer.write(self, level: 0)
        return String(decoding: writer.output, as: UTF8.self)
    }
}

private struct JSONWriter {
    let style: JSONStyle
    var output: [UInt8] = []

    mutating func write(_ value: JSONValue, level: Int) {
        switch value {
        case .null: append("null")
        case .bool(let flag): append(flag ? "true" : "false")
        case .number(let number): append(number.literal)
        case .string(let text): writeString(text)
        case .array(let elements):
            writeList("[", "]", elements, level: level) { writer, element in
                writer.write(element, level: level + 1)
            }
        case .object(let object):
            let members =
                style.sortedKeys
                ? object.members.sorted { Array($0.key.utf8).lexicographicallyPrecedes(Array($1.key.utf8)) }
                : object.members
            let separator = style.indent == nil ? ":" : ": "
            writeList("{", "}", members, level: level) { writer, member in
                writer.writeString(member.key)
                writer.append(separator)
                writer.write(member.value, level: level + 1)
            }
        }
    }

    private mutating func writeList<Element>(
        _ open: String, _ close: String, _ elements: [Element], level: Int,
        _ body: (inout JSONWriter, Element) -> Void
    ) {
        append(open)
        for (position, element) in elements.enumerated() {
            if position > 0 { append(",") }
            newline(level + 1)
            body(&self, element)
        }
        if !elements.isEmpty { newline(level) }
        append(close)
    }

    private mutating func newline(_ level: Int) {
        guard let indent = style.indent else { return }
        append("\n")
        output.append(contentsOf: repeatElement(0x20, count: indent * level))
    }

    mutating func append(_ text: String) { output.append(contentsOf: text.utf8) }

    mutating func writeString(_ text: String) {
        output.append(UInt8(ascii: "\""))
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": append("\\\"")
            case "\\": append("\\\\")
            case "\n": append("\\n")
            case "\r": append("\\r")
            case "\t": append("\\t")
            case "\u{8}": append("\\b")
            case "\u{C}": append("\\f")
            case _ where scalar.value < 0x20 || style.asciiOnly && scalar.value > 0x7E:
                for unit in String(scalar).utf16 { appendEscape(unit) }
            default: append(String(scalar))
            }
        }
        output.append(UInt8(ascii: "\""))
    }

    private mutating func appendEscape(_ unit: UInt16) {
        let digits = String(unit, radix: 16)
        append("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
    }
}
