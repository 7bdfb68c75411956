/// Text of others in Markdown.
package enum Markdown {
    /// The text as Markdown shows it: on one line, with nothing in it that makes a link, an image, a table's cell, HTML
    /// or a comment, and no character that reorders its neighbours.
    package static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "<": result += "&lt;"
            case "&": result += "&amp;"
            case "\\", "`", "*", "_", "[", "]", "!", "|", "~", "$", "#", "@", ":":
                result += "\\\(scalar)"
            case "\n", "\t", "\r": result += " "
            default: result.unicodeScalars.append(scalar.isUnsafeToShow ? "\u{FFFD}" : scalar)
            }
        }
        // GitHub's Markdown makes a link of this even without a scheme.
        return result.split(separator: "www.", omittingEmptySubsequences: false).joined(separator: "www\\.")
    }
}
