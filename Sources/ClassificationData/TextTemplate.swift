/// Words around every text, such as `{text}` and then `Category:`, that a model is trained with and then used with.
public struct TextTemplate: Sendable, Hashable {
    /// What stands for the text.
    public static let placeholder = "{text}"

    /// The template, with the placeholder.
    public let pattern: String
    private let before: String
    private let after: String

    /// A template; nil unless the placeholder occurs in it exactly once.
    public init?(_ pattern: String) {
        let parts = pattern.split(separator: Self.placeholder, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        self.pattern = pattern
        before = String(parts[0])
        after = String(parts[1])
    }

    /// A template as a person types it in a shell, with `\n`, `\t` and `\\` for a line break, a tab and a backslash.
    public init?(escaped text: String) {
        var pattern = ""
        var isEscape = false
        for character in text {
            if isEscape {
                switch character {
                case "n": pattern.append("\n")
                case "t": pattern.append("\t")
                case "\\": pattern.append("\\")
                default: pattern += "\\\(character)"
                }
                isEscape = false
            } else if character == "\\" {
                isEscape = true
            } else {
                pattern.append(character)
            }
        }
        self.init(isEscape ? pattern + "\\" : pattern)
    }

    /// The template as `init(escaped:)` reads it.
    public var escaped: String {
        pattern.replacing("\\", with: "\\\\").replacing("\n", with: "\\n").replacing("\t", with: "\\t")
    }

    /// A text with the words around it.
    public func applied(to text: String) -> String { before + text + after }
}
