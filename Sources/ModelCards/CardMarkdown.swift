import Platform

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
            ([line(header.map(Markdown.escaped)), "|" + rule.joined(separator: "|") + "|"]
            + rows.map { line($0.map(Markdown.escaped)) }).joined(separator: "\n")
    }

    private func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
}

/// The part of a card that belongs to the model's owner.
enum CardNotes {
    private static let begin =
        "<!-- notes: what stands between these two lines is kept when the card is made again -->"
    private static let end = "<!-- end of notes -->"

    /// The text until the owner writes something.
    static let invitation = "Intended use, limits and contact: to be written by the model's owner."

    /// The owner's text in a card; nil when it has no markers.
    static func text(in card: String) -> String? {
        guard let start = card.firstRange(of: begin), let stop = card[start.upperBound...].firstRange(of: end)
        else {
            return nil
        }
        var text = card[start.upperBound..<stop.lowerBound]
        while text.first == "\n" || text.first == "\r\n" { text.removeFirst() }
        while text.last == "\n" || text.last == "\r\n" { text.removeLast() }
        return String(text)
    }

    /// The owner's text between its markers.
    static func marked(_ text: String) -> String { "\(begin)\n\n\(text)\n\n\(end)" }
}
