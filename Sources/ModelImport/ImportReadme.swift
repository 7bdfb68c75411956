import Platform

/// The model card of an imported model: where it comes from and under what licence.
struct ImportReadme: Sendable {
    let record: ImportRecord
    let metadata: GGUFMetadata

    /// The card in Markdown.
    var text: String {
        let title = Markdown.escaped(value("general.name") ?? record.sourceName)
        var lines: [String] = []
        if let license = value("general.license"), Self.isIdentifier(license) {
            lines += ["---", "license: \(license.lowercased())", "---", ""]
        }
        lines += [
            "# \(title)",
            "",
            "This directory was made by `apr import` from a GGUF file. The weights are those of the file, decoded to "
                + "`\(record.dtype)`; where the file stores them in fewer bits, so much of the original model's "
                + "precision is gone.",
            "",
            "| | |",
            "|---|---|",
            "| source | `\(Self.plain(record.sourceName))`, \(record.sourceByteCount) bytes |",
            "| SHA-256 of the source | `\(record.sourceSHA256)` |",
            "| stored as | \(record.tensorTypes.map { "\($0.count) tensors \($0.name)" }.joined(separator: ", ")) |",
        ]
        for (label, key) in Self.facts {
            if let fact = value(key) { lines.append("| \(label) | `\(fact)` |") }
        }
        lines += [
            "",
            value("general.license") == nil
                ? "The file does not say under what licence the model is; see where you have it from."
                : "The licence is the one the file states for the model; it applies to this directory too.",
            "",
        ]
        return lines.joined(separator: "\n")
    }

    private static let facts = [
        ("model", "general.name"), ("organization", "general.organization"), ("author", "general.author"),
        ("version", "general.version"), ("licence", "general.license"),
        ("licence text", "general.license.link"),
        ("origin", "general.source.url"), ("repository", "general.repo_url"),
    ]

    private func value(_ key: String) -> String? {
        guard let text = metadata[key]?.string.map(Self.plain), !text.isEmpty else { return nil }
        return text
    }

    /// A text that can stand in one cell of a table, whatever a file says.
    private static func plain(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(200) {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: result.append(" ")
            default: result.append(scalar == "`" || scalar == "|" || scalar == "<" ? "'" : scalar)
            }
        }
        return String(result)
    }

    private static func isIdentifier(_ text: String) -> Bool {
        text.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "+")
        }
    }
}
