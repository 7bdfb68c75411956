import HuggingFaceHub
import Platform

/// A control sequence of a terminal. These are the only ones that the program writes.
enum TerminalControl: String {
    case bold = "\u{1B}[1m"
    case red = "\u{1B}[1;31m"
    case green = "\u{1B}[1;32m"
    case yellow = "\u{1B}[1;33m"
    case plain = "\u{1B}[0m"
    case clearLine = "\r\u{1B}[K"
    case clearToEndOfLine = "\u{1B}[K"
    case clearToEndOfScreen = "\u{1B}[J"
    case home = "\u{1B}[H"
    case enterScreen = "\u{1B}[?1049h\u{1B}[?25l"
    case leaveScreen = "\u{1B}[?25h\u{1B}[?1049l"
}

/// Text on its way to a stream, filtered: everything that is printed passes here.
///
/// File names, labels, tensor names, and what servers say are others' text. Characters in it that command a terminal or
/// reorder its neighbours are written as JSON writes them, so that JSON keeps its meaning. Tokens are left out.
struct ShownText {
    /// What a text is for.
    enum Kind {
        /// People read it: what only looks like a token is left out, too.
        case words
        /// A program reads it: a user's own words come back unchanged, unless they hold this user's token.
        case data
    }

    private var bytes = ""

    init() {}

    /// A text, filtered.
    init(_ text: String, as kind: Kind = .words) { add(text, as: kind) }

    /// Adds a text, filtered.
    mutating func add(_ text: String, as kind: Kind = .words) { bytes += Self.filtered(text, as: kind) }

    /// Adds a control sequence.
    mutating func add(_ control: TerminalControl) { bytes += control.rawValue }

    /// Writes all bytes; the `errno` when that fails.
    func write(to descriptor: Int32) -> Int32? { writeAll(bytes, to: descriptor) }

    /// The text with unsafe characters spelled out and without tokens.
    static func filtered(_ text: String, as kind: Kind = .words) -> String {
        let spelled = spelledOut(text)
        return kind == .words ? HubToken.redacted(spelled) : HubToken.redactedKnown(spelled)
    }

    private static func spelledOut(_ text: String) -> String {
        guard mayBeUnsafe(text) else { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if !scalar.isUnsafeToShow || scalar == "\n" || scalar == "\t" {
                result.append(scalar)
            } else {
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16)
                    let zeros = String(repeating: "0", count: 4 - digits.count)
                    result.append(contentsOf: "\\u\(zeros)\(digits)".unicodeScalars)
                }
            }
        }
        return String(result)
    }

    /// Whether a byte occurs with which the encoding of an unsafe character begins: most text has none.
    private static func mayBeUnsafe(_ text: String) -> Bool {
        text.utf8.contains { byte in
            switch byte {
            case UInt8(ascii: "\n"), UInt8(ascii: "\t"): false
            case 0..<0x20, 0x7F, 0xC2, 0xD8, 0xE1, 0xE2, 0xEF, 0xF3: true
            default: false
            }
        }
    }
}

/// Writes all bytes; the `errno` when that fails.
private func writeAll(_ text: String, to descriptor: Int32) -> Int32? {
    var text = text
    return text.withUTF8 { bytes in
        var rest = UnsafeRawBufferPointer(bytes)
        while !rest.isEmpty {
            let count = write(descriptor, rest.baseAddress, rest.count)
            if count < 0 {
                if errno == EINTR { continue }
                return errno
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
        return nil
    }
}
