public import Diagnostics
import Platform

/// Why a corpus cannot be used.
///
/// Nothing starts on a corpus with a single bad line.
public enum DatasetError: Error, Sendable {
    /// The file could not be read; `code` is the `errno` of `operation`.
    case unreadable(source: String, operation: String, code: Int32)
    /// Lines that cannot be used: the first `shownLimit` in order, and how many there are in all.
    case badLines(source: String, lines: [BadLine], count: Int)
    /// The file as a whole, or what was asked of it, cannot be used.
    case unusable(source: Source, problem: CorpusProblem)

    /// How many bad lines an error carries and shows.
    public static let shownLimit = 20

    /// What a problem is about.
    public enum Source: Sendable, Hashable {
        /// A file, or a step of the work on it, by its name.
        case named(String)
        /// A setting.
        case setting(SettingName)
    }

    /// One line that cannot be used.
    public struct BadLine: Sendable, Hashable {
        /// The line in the file, from 1; for a CSV record that spans lines, its first.
        public let line: Int
        /// What is wrong with it.
        public let problem: LineProblem

        package init(line: Int, problem: LineProblem) {
            self.line = line
            self.problem = problem
        }
    }

    /// Whether the operating system refused, as opposed to the data being bad.
    public var isInputOutput: Bool { if case .unreadable = self { true } else { false } }
}

extension DatasetError: MessageConvertible {
    public var description: String { message.description }

    public var message: Message {
        switch self {
        case .unreadable(let source, let operation, let code):
            return
                "\(source): cannot \(operation): \(ErrnoText.of(code).lowercased()); give a readable file, or - for standard input"
        case .unusable(let source, let problem):
            switch source {
            case .named(let name): return "\(name): \(problem)"
            case .setting(let name): return "\(setting: name): \(problem)"
            }
        case .badLines(let source, let lines, let count):
            let rest = count - lines.count
            return Message.lines(
                lines.map { "\(source):\($0.line): \($0.problem)" }
                    + (rest > 0 ? ["\(source): and \(rest) more bad lines"] : []))
        }
    }
}
