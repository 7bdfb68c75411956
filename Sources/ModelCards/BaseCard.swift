import Platform

/// The facts in a base model's README.
package struct BaseCard {
    private static let sizeLimit = 4 << 20

    /// The text; empty without a README.
    package let text: String

    /// Reads the README of a directory.
    package init(directory: String) {
        let file = try? MappedFile(path: directory.appendingComponent("README.md"), limit: Self.sizeLimit)
        text = file?.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// The licence's id in the front matter.
    package var license: String? { value(of: "license") }

    /// A member of the front matter that is one word.
    package func value(of key: String) -> String? {
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        guard lines.first == "---", let end = lines.dropFirst().firstIndex(of: "---") else { return nil }
        for line in lines[1..<end] where line.hasPrefix(key + ":") {
            let value = line.dropFirst(key.count + 1).drop { $0 == " " }.prefix { $0 != " " && $0 != "#" }
            let plain = value.filter { $0 != "\"" && $0 != "'" }
            let isWord = plain.utf8.allSatisfy {
                $0 > 0x20 && $0 < 0x7F && !":{}[],&*|>%@`".utf8.contains($0)
            }
            return plain.isEmpty || !isWord ? nil : plain
        }
        return nil
    }
}
