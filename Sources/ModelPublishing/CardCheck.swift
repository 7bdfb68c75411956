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
