/// File patterns as in `.gitattributes` and `.gitignore`: the common part of their language.
struct Patterns: Sendable {
    private var patterns: [String] = []

    /// The patterns with `filter=lfs`.
    init(gitAttributes text: String) {
        for line in text.split(whereSeparator: \.isNewline) where line.contains("filter=lfs") {
            if let pattern = line.split(separator: " ").first { patterns.append(String(pattern)) }
        }
    }

    init(gitIgnore text: String) {
        for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") && !line.hasPrefix("!")
        {
            patterns.append(String(line))
        }
    }

    /// Whether any pattern takes the path: by its last component if the pattern has no slash, as a folder if it ends
    /// with one, and as a whole otherwise.
    func match(_ path: String) -> Bool {
        let components = path.split(separator: "/").map(String.init)
        return patterns.contains { pattern in
            if pattern.hasSuffix("/") {
                return components.dropLast().contains { Self.glob(pattern.dropLast(), $0[...]) }
            }
            if pattern.contains("/") {
                return Self.glob(pattern.hasPrefix("/") ? pattern.dropFirst() : pattern[...], path[...])
            }
            return components.contains { Self.glob(pattern[...], $0[...]) }
        }
    }

    private static func glob(_ pattern: Substring, _ text: Substring) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        if first == "*" {
            return glob(pattern.dropFirst(), text) || (!text.isEmpty && glob(pattern, text.dropFirst()))
        }
        guard let character = text.first, first == "?" || first == character else { return false }
        return glob(pattern.dropFirst(), text.dropFirst())
    }
}
