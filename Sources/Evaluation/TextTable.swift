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

/// Numbers as a report shows them.
package enum Shown {
    /// A number with a fixed count of decimals, halves away from zero.
    package static func decimal(_ value: Double, places: Int = 4) -> String {
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        let scaled = (value.magnitude * scale).rounded()
        guard scaled < 1e15 else { return "\(value)" }
        let units = Int(scaled)
        let fraction = String(units % Int(scale))
        let sign = value < 0 && units > 0 ? "-" : ""
        guard places > 0 else { return "\(sign)\(units)" }
        return "\(sign)\(units / Int(scale))."
            + String(repeating: "0", count: places - fraction.count) + fraction
    }

    /// A number, or a dash when there is none.
    package static func decimal(_ value: Double?, places: Int = 4) -> String {
        if let value { decimal(value, places: places) } else { "-" }
    }

    /// A class name that fits its column.
    static func label(_ name: String, width: Int = 28) -> String { DisplayWidth.fitted(name, to: width) }

    /// Lines under a heading.
    static func section(_ title: String, _ lines: [String]) -> [String] { ["", title] + lines }

    /// A name, dots, and a value.
    static func fact(_ name: String, _ value: String) -> String { "  " + DisplayWidth.left(name, 24) + value }
}
