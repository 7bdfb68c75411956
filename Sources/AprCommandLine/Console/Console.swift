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

    /// Writes a line of progress.
    func line(_ text: String = "") {
        if !isQuiet { write(text + "\n") }
    }

    /// Replaces the status line; does nothing where lines cannot be rewritten.
    func status(_ text: String) {
        guard isInteractive else { return }
        StandardError.write("\r\u{1B}[K" + DisplayWidth.fitted(text, to: terminal.width - 1))
        hasStatus = true
    }

    /// Clears the status line.
    func clearStatus() {
        if hasStatus { StandardError.write("\r\u{1B}[K") }
        hasStatus = false
    }

    /// Writes a warning.
    func warning(_ text: String) {
        write(styled("warning:", .yellow) + " " + text + "\n")
    }

    /// Writes an error; each of its lines starts with the program's name.
    func error(_ text: String) {
        // The last status line may be another console's.
        if terminal.isInteractive { StandardError.write("\r\u{1B}[K") }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        write(styled("apr:", .red) + " " + lines.joined(separator: "\n     ") + "\n")
    }

    /// The text in a style, where styles are wanted.
    func styled(_ text: String, _ style: Style) -> String {
        terminal.usesColor ? style.rawValue + text + "\u{1B}[0m" : text
    }

    private func write(_ text: String) {
        clearStatus()
        StandardError.write(text)
    }
}

/// How text can stand out on a terminal.
enum Style: String {
    case bold = "\u{1B}[1m"
    case red = "\u{1B}[1;31m"
    case green = "\u{1B}[1;32m"
    case yellow = "\u{1B}[1;33m"
}
