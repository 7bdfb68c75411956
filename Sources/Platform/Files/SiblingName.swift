/// Names of the directories and files that stand beside a checkpoint while it is replaced.
///
/// `.NAME.KIND-0123456789abcdef`: hidden, recognisable, and never the same twice.
package enum SiblingName {
    package enum Kind: String, Sendable, CaseIterable {
        /// Being written, or the previous content after an exchange.
        case temporary = "tmp"
        /// The previous content, moved away because the file system cannot exchange.
        case previous = "old"
        /// About to be removed.
        case discarded = "del"
    }

    private static let digitCount = 16

    /// A new name beside `name`.
    package static func make(for name: String, kind: Kind) -> String {
        let digits = String(UInt64.random(in: .min ... .max), radix: 16)
        let padding = String(repeating: "0", count: digitCount - digits.count)
        return ".\(name).\(kind.rawValue)-\(padding)\(digits)"
    }

    /// The name and kind that a sibling's name was made of, or nil for any other name.
    package static func parse(_ sibling: String) -> (name: String, kind: Kind)? {
        guard sibling.utf8.first == UInt8(ascii: "."),
            let dash = sibling.utf8.lastIndex(of: UInt8(ascii: "-")),
            let dot = sibling.utf8[..<dash].lastIndex(of: UInt8(ascii: "."))
        else { return nil }
        let suffix = String(sibling[sibling.utf8.index(after: dash)...])
        guard Hexadecimal.isValid(suffix, digitCount: digitCount),
            let kind = Kind(rawValue: String(sibling[sibling.utf8.index(after: dot)..<dash])),
            dot > sibling.startIndex
        else { return nil }
        let name = String(sibling[sibling.utf8.index(after: sibling.startIndex)..<dot])
        return name.isEmpty ? nil : (name, kind)
    }
}
