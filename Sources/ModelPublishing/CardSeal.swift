import FileHashing

/// The last line of a published card: the hash of what stands above it, by which an edit by hand is recognised.
enum CardSeal {
    private static let begin = "<!-- made by apr, sha256 of the above: "
    private static let end = " -->\n"

    /// The card with its seal.
    static func sealed(_ card: String) -> String { card + line(card) }

    /// Whether a card stands as it was made.
    static func isIntact(_ card: String) -> Bool {
        guard let start = card.ranges(of: begin).last?.lowerBound else { return false }
        return card[start...].utf8.elementsEqual(line(String(card[..<start])).utf8)
    }

    private static func line(_ card: String) -> String {
        begin + FileHash.sha256(of: Array(card.utf8)) + end
    }
}
