import FileHashing
import Yams

/// Checks a card's metadata as far as that can be done without the Hub.
enum CardCheck {
    /// - Throws: `PublishError.badCard`, or `.unknownLicense`.
    static func check(_ card: String) throws {
        let lines = card.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        guard lines.first == "---", let end = lines.dropFirst().firstIndex(of: "---") else {
            throw PublishError.badCard("there is no metadata between two lines of ---")
        }
        let node: Node?
        do {
            node = try Yams.compose(yaml: lines[1..<end].joined(separator: "\n"))
        } catch {
            throw PublishError.badCard("the metadata is not YAML")
        }
        guard let mapping = node?.mapping else { throw PublishError.badCard("the metadata is not a mapping") }
        if let license = mapping["license"]?.string { try License.check(license) }
        for key in ["library_name", "pipeline_tag", "base_model"] {
            if let value = mapping[key], value.string == nil {
                throw PublishError.badCard("\(key) is not a string")
            }
        }
    }
}

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
