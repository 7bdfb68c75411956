import Platform

/// HTML text and tables.
enum Markup {
    /// The text escaped for HTML. Characters that would reorder or hide
    /// their neighbours are replaced by U+FFFD.
    static func escaped(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result.append(contentsOf: "&amp;".unicodeScalars)
            case "<": result.append(contentsOf: "&lt;".unicodeScalars)
            case ">": result.append(contentsOf: "&gt;".unicodeScalars)
            case "\"": result.append(contentsOf: "&quot;".unicodeScalars)
            case "'": result.append(contentsOf: "&#39;".unicodeScalars)
            case "\n", "\t": result.append(scalar)
            case "\r": continue
            default: result.append(scalar.isUnsafeToShow ? "\u{FFFD}" : scalar)
            }
        }
        return String(result)
    }

    /// A table. The first column is the rows' heading; columns of numbers stand at the right, those of text at the left.
    ///
    /// - Parameter marked: the row that is set off, if any.
    static func table(_ header: [String], _ rows: [[String]], marked: Int? = nil) -> String {
        let look = header.indices.map { column in
            column > 0 && rows.allSatisfy { column >= $0.count || isNumber($0[column]) }
                ? " class=\"n\"" : ""
        }
        let head = zip(header, look).map { "<th scope=\"col\"\($1)>\(escaped($0))</th>" }.joined()
        let body = rows.enumerated().map { number, row in
            let cells = row.enumerated().map { index, cell in
                index == 0
                    ? "<th scope=\"row\">\(escaped(cell))</th>"
                    : "<td\(index < look.count ? look[index] : "")>\(escaped(cell))</td>"
            }
            return "<tr\(number == marked ? " class=\"marked\"" : "")>\(cells.joined())</tr>"
        }
        return
            "<div class=\"scroll\" tabindex=\"0\"><table><thead><tr>\(head)</tr></thead><tbody>\(body.joined(separator: "\n"))</tbody></table></div>"
    }

    /// Whether a cell holds a number, with or without a unit, or nothing.
    private static func isNumber(_ cell: String) -> Bool {
        guard let first = cell.unicodeScalars.first(where: { $0 != "-" && $0 != "+" }) else { return true }
        return ("0"..."9").contains(first)
    }

    /// Names, which may be broken at their underscores, and what they stand for.
    static func facts(_ facts: some Sequence<(String, String)>) -> String {
        let rows = facts.map { name, value in
            let name = escaped(name).split(separator: "_", omittingEmptySubsequences: false)
            return
                "<tr><th scope=\"row\">\(name.joined(separator: "_<wbr>"))</th><td>\(escaped(value))</td></tr>"
        }
        return "<table class=\"facts\"><tbody>\(rows.joined(separator: "\n"))</tbody></table>"
    }
}
