import Platform

/// The terminal in raw mode with an alternate screen. It is restored however the program ends.
final class RawTerminal {
    private let restorer: Restorer
    private let watch: SignalWatch

    init() {
        let restorer = Restorer()
        self.restorer = restorer
        if var raw = restorer.settings {
            // Ctrl-C arrives as a character, so that it quits like q.
            raw.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG)
            tcsetattr(STDIN_FILENO, TCSANOW, &raw)
        }
        watch = SignalWatch { number in
            restorer.restore()
            _exit(128 + number)
        }
        Self.write(.enterScreen)
    }

    /// Restores the terminal.
    func close() {
        restorer.restore()
        watch.end()
    }

    /// Shows lines from the top, and nothing else.
    ///
    /// - Throws: `OutputError`.
    func show(_ lines: [String]) throws {
        var screen = ShownText()
        screen.add(.home)
        for (row, line) in lines.enumerated() {
            screen.add((row > 0 ? "\n" : "") + line)
            screen.add(.clearToEndOfLine)
        }
        screen.add(.clearToEndOfScreen)
        try StandardOutput.write(screen)
    }

    /// Writes a control sequence; a terminal that is gone does not need it.
    private static func write(_ control: TerminalControl) {
        var text = ShownText()
        text.add(control)
        try? StandardOutput.write(text)
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
            // Without this, the loop would read a closed terminal for ever.
            usleep(UInt32(milliseconds) * 1000)
            return nil
        }
        return byte
    }

    /// Holds the terminal's previous settings.
    private final class Restorer: Sendable {
        /// The settings before; nil when standard input is no terminal.
        let settings: termios?

        init() {
            var settings = termios()
            self.settings = tcgetattr(STDIN_FILENO, &settings) == 0 ? settings : nil
        }

        func restore() {
            if var settings { tcsetattr(STDIN_FILENO, TCSANOW, &settings) }
            RawTerminal.write(.leaveScreen)
        }
    }
}
