import JSONCore
import Platform

/// What is known about the destination of text.
struct Terminal {
    /// Standard output.
    static let standardOutput = Terminal(descriptor: STDOUT_FILENO)
    /// Standard error.
    static let standardError = Terminal(descriptor: STDERR_FILENO)

    /// Whether both write to the same file, as on a terminal or with `2>&1`.
    static let isShared: Bool = {
        var (output, error) = (stat(), stat())
        return fstat(STDOUT_FILENO, &output) == 0 && fstat(STDERR_FILENO, &error) == 0
            && output.st_dev == error.st_dev && output.st_ino == error.st_ino
    }()

    private let descriptor: Int32
    /// Whether lines may be rewritten: on a terminal that is not a build service's.
    let isInteractive: Bool
    /// Whether text may be coloured (https://no-color.org).
    let usesColor: Bool

    private init(descriptor: Int32) {
        self.descriptor = descriptor
        let isTerminal = isatty(descriptor) == 1 && Self.variable("TERM") != "dumb"
        isInteractive = isTerminal && Self.variable("CI") == nil
        usesColor = isInteractive && Self.variable("NO_COLOR") == nil
    }

    /// The number of columns, as far as known.
    var width: Int {
        var size = winsize()
        if ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col >= 20 { return Int(size.ws_col) }
        if let columns = Self.variable("COLUMNS").flatMap({ Int($0, in: 20...10_000) }) { return columns }
        return 100
    }

    /// The number of rows, as far as known.
    var height: Int {
        var size = winsize()
        if ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_row >= 3 { return Int(size.ws_row) }
        return 24
    }

    /// Whether the locale says that characters beyond ASCII can be shown.
    static var isUnicode: Bool {
        let locale = variable("LC_ALL") ?? variable("LC_CTYPE") ?? variable("LANG") ?? ""
        let name = locale.lowercased()
        return name.contains("utf-8") || name.contains("utf8")
    }

    /// A variable of the environment; nil when it is not there or empty.
    private static func variable(_ name: String) -> String? {
        guard let value = getenv(name) else { return nil }
        let text = String(cString: value)
        return text.isEmpty ? nil : text
    }
}
