/// Columns of text, the first ones aligned left and the others right.
package struct TextTable {
    private let header: [String]
    private let leftColumns: Int
    private var rows: [[String]] = []

    package init(header: [String], leftColumns: Int = 1) {
        self.header = header
        self.leftColumns = leftColumns
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
                    column < leftColumns
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
