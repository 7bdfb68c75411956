import FileHashing

/// The last line of a published card: the hash of the text above it, which reveals edits by hand.
enum CardDigest {
    private static let begin = "<!-- made by apr, sha256 of the above: "
    private static let end = " -->\n"

    /// The card with its digest.
    static func adding(to card: String) -> String { card + line(card) }

    /// Whether a card is unchanged since it was made.
    static func isIntact(_ card: String) -> Bool {
        guard let start = card.ranges(of: begin).last?.lowerBound else { return false }
        return card[start...].utf8.elementsEqual(line(String(card[..<start])).utf8)
    }

    private static func line(_ card: String) -> String {
        begin + FileHash.sha256(of: Array(card.utf8)) + end
    }
}
