import Evaluation

/// Writes to standard error: progress, warnings and errors.
///
/// On a terminal, progress is one line that is rewritten; elsewhere it is plain lines.
final class Console {
    /// The console without options.
    static var standard: Console { Console(isQuiet: false) }

    /// Whether progress is left out.
    let isQuiet: Bool
    /// Where the text goes.
    let terminal = Terminal.standardError
    private var hasStatus = false

    init(isQuiet: Bool) { self.isQuiet = isQuiet }

    /// Whether a line may be rewritten.
    var isInteractive: Bool { terminal.isInteractive && !isQuiet }

    /// Writes a line of progress, in a style where styles are wanted.
    func line(_ text: String = "", style: TerminalControl? = nil) {
        if !isQuiet { write(text, style: style, then: "\n") }
    }

    /// Replaces the status line; does nothing where lines cannot be rewritten.
    func status(_ text: String) {
        guard isInteractive else { return }
        var shown = ShownText()
        shown.add(.clearLine)
        shown.add(DisplayWidth.fitted(text, to: terminal.width - 1))
        StandardError.write(shown)
        hasStatus = true
    }

    /// Clears the status line.
    func clearStatus() {
        if hasStatus { clearLine() }
        hasStatus = false
    }

    /// Writes a warning.
    func warning(_ text: String) {
        write("warning:", style: .yellow, then: " \(Self.shortened(text))\n")
    }

    /// Writes an error; each of its lines starts with the program's name.
    func error(_ text: String) {
        // The last status line may be another console's.
        if terminal.isInteractive { clearLine() }
        let lines = Self.shortened(text).split(separator: "\n", omittingEmptySubsequences: false)
        write("apr:", style: .red, then: " " + lines.joined(separator: "\n     ") + "\n")
    }

    /// A message without the middles of its longest lines and without most of very many lines: a file's text may be part of
    /// it, of any length. The start says where and the end the remedy.
    static func shortened(_ text: String) -> String {
        guard text.utf8.count > 3_000 else { return text }
        // Tokens are left out before the cut, because half a token would not be recognised.
        var lines = ShownText.filtered(text).split(separator: "\n", omittingEmptySubsequences: false).map {
            line in
            let scalars = line.unicodeScalars
            guard scalars.count > 3_000 else { return String(line) }
            return String(scalars.prefix(1_500)) + " … (\(scalars.count - 2_000) characters left out) … "
                + String(scalars.suffix(500))
        }
        if lines.count > 100 {
            lines.replaceSubrange(60..<(lines.count - 20), with: ["… (\(lines.count - 80) lines left out) …"])
        }
        return lines.joined(separator: "\n")
    }

    private func write(_ text: String, style: TerminalControl?, then rest: String) {
        clearStatus()
        var shown = ShownText()
        if let style, terminal.usesColor {
            shown.add(style)
            shown.add(text)
            shown.add(.plain)
        } else {
            shown.add(text)
        }
        shown.add(rest)
        StandardError.write(shown)
    }

    private func clearLine() {
        var shown = ShownText()
        shown.add(.clearLine)
        StandardError.write(shown)
    }
}
