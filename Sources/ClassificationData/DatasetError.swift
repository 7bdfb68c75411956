public import Diagnostics
import Platform

/// Why a corpus cannot be used.
///
/// A single bad line makes a corpus unusable.
public enum DatasetError: Error, Sendable {
    /// The file could not be read; `code` is the `errno` of `operation`.
    case unreadable(source: String, operation: String, code: Int32)
    /// Lines that cannot be used: the first `shownLimit` in order, and how many there are in all.
    case badLines(source: String, lines: [BadLine], count: Int)
    /// The file as a whole, or an option for it, cannot be used.
    case unusable(source: Source, problem: CorpusProblem)

    /// How many bad lines an error carries and shows.
    public static let shownLimit = 20

    /// The source of a problem.
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

    /// Whether the operating system reported the error, rather than bad data.
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
            let more: [Message] = rest > 0 ? ["\(source): and \(rest) more bad lines"] : []
            return (lines.map { "\(source):\($0.line): \($0.problem)" } + more).joined(separator: "\n")
        }
    }
}

/// What is wrong with a corpus as a whole.
public enum CorpusProblem: Sendable, Hashable {
    // The file is no text in UTF-8.
    case foreignEncoding(String)
    case packed(String, command: String)
    case document(String, remedy: String)
    case damagedGzip(isTruncated: Bool)
    case gzipTooLarge
    // It is text, but not in the format that was expected.
    case notJSON(line: Int, seeming: SeemingFormat)
    case objectSpansLines(line: Int)
    case noExamples
    case missingColumn(accepted: [String], found: [String])
    case ambiguousColumn([String])
    case repeatedColumn(String)
    case singleClass(String)
    case noClass
    case missingNumbers(missing: [Int], highest: Int)
    case tooManyClasses(Int)
    case fewerExamplesThanClasses(examples: Int, classes: Int)
    case labelNames([String])
    case labelsDiffer(given: [String], known: [String])
    case cannotSplit(examples: Int, units: Int)
    case splitRatio(Double)
    case oversamplingMultiLabel
}

extension CorpusProblem: MessageConvertible {
    public var description: String { message.description }

    public var message: Message {
        switch self {
        case .foreignEncoding(let name):
            "the file is \(name); save it as UTF-8, such as with iconv -f \(name) -t UTF-8 FILE > NEW"
        case .packed(let name, let command):
            "the file is packed with \(name); unpack it first: \(command) FILE"
        case .document(let name, let remedy): "\(name), not text; \(remedy)"
        case .damagedGzip(let isTruncated):
            "the gzip file \(isTruncated ? "ends early" : "is damaged"); copy or pack it again"
        case .gzipTooLarge:
            "the gzip file unpacks to over 250 times its size; unpack it with gunzip first if that is meant"
        case .notJSON(let line, let seeming):
            "line \(line) is no JSON object but looks like \(seeming); \(seeming.remedy)"
        case .objectSpansLines(let line):
            "the JSON object of line \(line) goes on in the next line; write one object per line (jq -c . FILE > NEW), or an array of objects"
        case .noExamples: "no examples; expected at least one row such as {\"input\": …, \"label\": …}"
        case .missingColumn(let accepted, let found):
            "no column \(accepted.map(LineProblem.quoted).joined(separator: " or ")) in the header (\(LineProblem.listed(found))); name it with \(setting: .inputColumn) or \(setting: .labelColumn)\(Self.hint(found))"
        case .ambiguousColumn(let names):
            "the header has both \(names.map(LineProblem.quoted).joined(separator: " and ")); choose one with \(setting: .inputColumn) or \(setting: .labelColumn)"
        case .repeatedColumn(let name): "the header has column \(LineProblem.quoted(name)) twice; rename one"
        case .singleClass(let name):
            "every example is labelled \(LineProblem.quoted(name)); a classifier needs at least two classes"
        case .noClass: "no example has any label; a multi-label classifier needs at least one class"
        case .missingNumbers(let missing, let highest):
            "no example has label \(missing.prefix(10).map(String.init).joined(separator: ", "))\(missing.count > 10 ? ", …" : "") but one has \(highest); if the labels are codes, write them as strings; otherwise number the classes from 0, or name all of them in order with \(setting: .labels)"
        case .tooManyClasses(let count):
            "\(count) different labels, more than the limit of \(LabelMap.maximumCount); is this the right label column?"
        case .fewerExamplesThanClasses(let examples, let classes):
            "\(examples) examples for \(classes) classes; expected at least one example per class"
        case .labelNames(let names):
            "class names \(LineProblem.listed(names)) are not usable; expected at least one, none empty, none twice"
        case .labelsDiffer(let given, let known):
            "labels \(LineProblem.listed(given)) were given, but the model has \(LineProblem.listed(known)); leave out \(setting: .labels)"
        case .cannotSplit(let examples, let units):
            "\(examples) examples form \(units) unit that must stay together (equal texts, equal groups): no training and validation side can be made of it; add examples, or use \(setting: .valData) or \(setting: .valSplit, value: "0")"
        case .splitRatio(let ratio):
            "validation share \(ratio) is not usable; expected 0, or more than 0 and less than 1"
        case .oversamplingMultiLabel:
            "oversampling has no majority class in a multi-label corpus; leave out \(setting: .oversample)"
        }
    }
}

extension CorpusProblem {
    /// What to do about quotes around the names of a header.
    private static func hint(_ names: [String]) -> Message {
        names.contains { $0.hasPrefix("\"") }
            ? ", or give \(setting: .quoting, value: "minimal") if fields are quoted" : ""
    }
}

/// What text looks like that is not JSON.
public enum SeemingFormat: Sendable, Hashable {
    /// A table whose header has the names that are looked for.
    case table(DatasetOptions.Format, separator: String)
    /// Text without a layout.
    case plainText
}

extension SeemingFormat: MessageConvertible {
    public var description: String { message.description }

    public var message: Message {
        switch self {
        case .table(_, let separator):
            "the header of a table separated by \(separator == "\t" ? "tabs" : "\"\(separator)\"")"
        case .plainText: "plain text"
        }
    }

    var remedy: Message {
        switch self {
        case .table(let format, _): "give \(setting: .format, value: format.rawValue)"
        case .plainText:
            "expected one object per line, {\"input\": …, \"label\": …}; for a table give \(setting: .format, value: "csv") or \(setting: .format, value: "tsv")"
        }
    }
}
