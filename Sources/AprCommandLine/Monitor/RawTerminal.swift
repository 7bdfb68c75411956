import Platform

/// The terminal while a view has it: another screen, keys as they are pressed. It is given back in every ending.
final class RawTerminal {
    private static let enter = "\u{1B}[?1049h\u{1B}[?25l"
    private static let leave = "\u{1B}[?25h\u{1B}[?1049l"

    private let restorer: Restorer
    private let watch: SignalWatch

    init() {
        let restorer = Restorer()
        self.restorer = restorer
        if var raw = restorer.settings {
            // Ctrl-C comes as a character, so that it leaves as orderly as q does.
            raw.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG)
            tcsetattr(STDIN_FILENO, TCSANOW, &raw)
        }
        watch = SignalWatch([SIGINT, SIGTERM, SIGHUP]) { number in
            restorer.restore()
            _exit(128 + number)
        }
        try? StandardOutput.write(Self.enter)
    }

    /// Gives the terminal back.
    func close() {
        restorer.restore()
        watch.end()
    }

    /// Shows lines from the top, and nothing else.
    ///
    /// - Throws: `OutputError`.
    func show(_ lines: [String]) throws {
        try StandardOutput.write(
            "\u{1B}[H" + lines.map { $0 + "\u{1B}[K" }.joined(separator: "\n") + "\u{1B}[J")
    }

    /// Waits for a key; nil when none was pressed in that time.
    func key(within milliseconds: Int32) -> UInt8? {
        guard restorer.settings != nil else {
            usleep(UInt32(milliseconds) * 1000)
            return nil
        }
        var waiting = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        guard poll(&waiting, 1, milliseconds) > 0 else { return nil }
        var byte: UInt8 = 0
        guard read(STDIN_FILENO, &byte, 1) == 1 else {
            // A terminal that has gone away would otherwise be asked again without end.
            usleep(UInt32(milliseconds) * 1000)
            return nil
        }
        return byte
    }

    /// Knows how the terminal was.
    private final class Restorer: Sendable {
        /// The settings before; nil when standard input is no terminal.
        let settings: termios?

        init() {
            var settings = termios()
            self.settings = tcgetattr(STDIN_FILENO, &settings) == 0 ? settings : nil
        }

        func restore() {
            if var settings { tcsetattr(STDIN_FILENO, TCSANOW, &settings) }
            try? StandardOutput.write(RawTerminal.leave)
        }
    }
}
