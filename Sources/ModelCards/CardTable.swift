/// A table in Markdown.
struct CardTable {
    private let header: [String]
    private let alignedRight: Set<Int>
    private let rows: [[String]]

    init(_ header: [String], alignedRight: Set<Int>, _ rows: [[String]]) {
        self.header = header
        self.alignedRight = alignedRight
        self.rows = rows
    }

    /// The lines.
    var text: String {
        let rule = header.indices.map { alignedRight.contains($0) ? "---:" : "---" }
        return
            ([line(header.map(Self.cell)), "|" + rule.joined(separator: "|") + "|"]
            + rows.map { line($0.map(Self.cell)) }).joined(separator: "\n")
    }

    private func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }

    private static func cell(_ text: String) -> String {
        String(
            text.unicodeScalars.map {
                switch $0 {
                case "|": "\\|"
                case "<": "&lt;"
                default: $0.value < 32 ? " " : String($0)
                }
            }
            .joined())
    }
}
