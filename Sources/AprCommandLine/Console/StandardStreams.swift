import Platform

/// Why a result could not be written to standard output.
struct OutputError: Error, CustomStringConvertible {
    /// The `errno`.
    let code: Int32

    var description: String {
        "standard output: cannot write: \(String(cString: strerror(code)).lowercased()); check where it goes to"
    }

    var exitStatus: ExitStatus { .inputOutput }
}

/// Where results go. All text passes the filter of `ShownText`.
enum StandardOutput {
    /// Writes a text and a line break.
    ///
    /// - Throws: `OutputError`.
    static func print(_ text: String, as kind: ShownText.Kind = .words) throws {
        try write(text + "\n", as: kind)
    }

    /// Writes a text and a line break, if anybody still reads.
    ///
    /// - Throws: `OutputError` for other failures.
    static func printIfOpen(_ text: String, as kind: ShownText.Kind = .words) throws {
        do {
            try print(text, as: kind)
        } catch let error as OutputError where error.code == EPIPE || error.code == EIO {
            // The reader or the terminal has gone; what the command has done is not undone by that.
        }
    }

    /// Writes a text as it is.
    ///
    /// - Throws: `OutputError`.
    static func write(_ text: String, as kind: ShownText.Kind = .words) throws {
        try write(ShownText(text, as: kind))
    }

    /// Writes text and control sequences.
    ///
    /// - Throws: `OutputError`.
    static func write(_ text: ShownText) throws {
        if let code = text.write(to: STDOUT_FILENO) { throw OutputError(code: code) }
    }
}

/// Where everything else goes. All text passes the filter of `ShownText`.
enum StandardError {
    /// Writes a text as it is; a failure cannot be reported.
    static func write(_ text: String) { write(ShownText(text)) }

    /// Writes text and control sequences; a failure cannot be reported.
    static func write(_ text: ShownText) { _ = text.write(to: STDERR_FILENO) }
}
