/// Columns of text, which are aligned left, and of numbers, aligned right.
package struct TextTable {
    private let header: [String]
    private let textColumns: Set<Int>
    private var rows: [[String]] = []

    /// A table whose first columns are text.
    package init(header: [String], leftColumns: Int = 1) {
        self.init(header: header, textColumns: Set(0..<leftColumns))
    }

    /// A table with text in the columns of these numbers.
    package init(header: [String], textColumns: Set<Int>) {
        self.header = header
        self.textColumns = textColumns
    }

    package mutating func add(_ row: [String]) { rows.append(row) }

    /// An empty line between rows.
    package mutating func addGap() { rows.append([]) }

    /// The lines, each indented by two spaces and without trailing ones.
    package var lines: [String] {
        let widths = header.indices.map { column in
            ([header] + rows).map { column < $0.count ? DisplayWidth.of($0[column]) : 0 }.max() ?? 0
        }
        return ([header] + rows).map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                line += "  "
                line +=
                    textColumns.contains(column)
                    ? DisplayWidth.left(cell, widths[column]) : DisplayWidth.right(cell, widths[column])
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}

/// The parts of a report's text.
enum ReportText {
    /// A class name that fits its column.
    static func label(_ name: String, width: Int = 28) -> String {
        DisplayWidth.fittedMiddle(name, to: width)
    }

    /// Lines under a heading.
    static func section(_ title: String, _ lines: [String]) -> [String] { ["", title] + lines }

    /// A name and a value in two columns.
    static func fact(_ name: String, _ value: String) -> String { "  " + DisplayWidth.left(name, 24) + value }
}
