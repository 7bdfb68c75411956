import Platform

/// Why a corpus cannot be used.
///
/// Nothing starts on a corpus with a single bad line.
public enum DatasetError: Error, Sendable {
    /// The file could not be read; `code` is the `errno` of `operation`.
    case unreadable(source: String, operation: String, code: Int32)
    /// Lines that cannot be used: the first `shownLimit` in order, and how many there are in all.
    case badLines(source: String, lines: [BadLine], count: Int)
    /// The file as a whole cannot be used.
    case unusable(source: String, problem: CorpusProblem)

    /// How many bad lines an error carries and shows.
    public static let shownLimit = 20

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

extension DatasetError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreadable(let source, let operation, let code):
            return
                "\(source): cannot \(operation): \(ErrnoText.of(code).lowercased()); give a readable file, or - for standard input"
        case .unusable(let source, let problem):
            return "\(source): \(problem)"
        case .badLines(let source, let lines, let count):
            var text = lines.map { "\(source):\($0.line): \($0.problem)" }
            if count > lines.count { text.append("\(source): and \(count - lines.count) more bad lines") }
            return text.joined(separator: "\n")
        }
    }
}
