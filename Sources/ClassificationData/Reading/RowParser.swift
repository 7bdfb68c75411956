import JSONCore
import Platform

/// Turns the bytes of a corpus into rows, piece by piece.
protocol RowParser {
    /// Reads the next bytes.
    mutating func feed(_ piece: UnsafeRawBufferPointer, into rows: inout RowCollector)
    /// Handles the end of the file.
    mutating func finish(into rows: inout RowCollector)
}

/// Reads a corpus through the parser of its format, piece by piece.
struct CorpusReader {
    private let input: CorpusInput
    private var parser: any RowParser
    private var layer = GzipLayer()
    private var start = FileStart()
    private var isFinished = false
    /// What was read; `takeRows` and `takeBadLines` empty it.
    private(set) var rows = RowCollector()
    /// Whether a byte order mark was skipped.
    var hadByteOrderMark: Bool { start.hadByteOrderMark }

    init(_ input: CorpusInput, options: DatasetOptions, labelled: Bool) {
        self.input = input
        parser =
            switch input.format {
            case .jsonl, .text: JSONLinesParser(options: options, labelled: labelled, name: input.name)
            case .csv, .tsv: DelimitedParser(format: input.format, options: options, labelled: labelled)
            }
    }

    /// Reads the next piece; false at the end.
    mutating func readPiece() throws(DatasetError) -> Bool {
        guard !isFinished else { return false }
        do {
            isFinished = try !input.source.next { piece in
                layer.pass(piece) { bytes in
                    if rows.fatal == nil { start.pass(bytes) { parser.feed($0, into: &rows) } }
                }
            }
        } catch {
            throw .unreadable(source: input.name, operation: error.operation, code: error.code)
        }
        if isFinished {
            layer.finish { bytes in start.pass(bytes) { parser.feed($0, into: &rows) } }
            if rows.fatal == nil, layer.problem == nil {
                start.finish { parser.feed($0, into: &rows) }
                if rows.fatal == nil, start.foreign == nil { parser.finish(into: &rows) }
            }
        }
        if let problem = start.foreign ?? gzipProblem ?? rows.fatal {
            throw .unusable(source: .named(input.name), problem: problem)
        }
        return !isFinished
    }

    /// The rows since the last call.
    mutating func takeRows() -> [RawRow] { rows.takeRows() }

    /// The bad lines since the last call.
    mutating func takeBadLines() -> BadLineList { rows.takeBadLines() }

    private var gzipProblem: CorpusProblem? {
        switch layer.problem {
        case nil: nil
        case .damaged: .damagedGzip(isTruncated: false)
        case .truncated: .damagedGzip(isTruncated: true)
        case .tooLarge: .gzipTooLarge
        }
    }
}

/// A row of the file, before its label has an index.
struct RawRow {
    /// One label, by number or by the index of its spelling in `RowCollector.spellings`.
    enum Tag {
        case number(Int)
        case name(Int)
    }

    /// The label as it is written in the file.
    enum Label {
        /// Not asked for.
        case none
        case one(Tag)
        case list([Tag])
        /// A field of a table, which has no type, or a string in place of a list; the index of its spelling.
        case field(Int)
    }

    /// Several texts of a row as one: a line each, and none for an empty one.
    static func joined(_ texts: [String]) -> String {
        texts.filter { !$0.isEmpty }.joined(separator: "\n")
    }

    var text: String
    var label: Label
    var group: String?
    var line: Int
    /// What else is in the row, where that is wanted.
    var columns: JSONObject?
}

/// The rows that a parser has read, and the problems of bad lines.
struct RowCollector {
    private(set) var rows: [RawRow] = []
    private(set) var badLines = BadLineList()
    /// A reason to stop reading.
    private(set) var fatal: CorpusProblem?
    /// What the parser tells the owner.
    var warnings: [DataWarning] = []
    /// The header of the label column, in CSV and TSV.
    var labelColumn: String?
    /// The different spellings of labels.
    private(set) var spellings: [String] = []
    private var spellingIDs: [UTF8Key: Int] = [:]

    mutating func add(_ row: RawRow) { rows.append(row) }

    mutating func takeRows() -> [RawRow] {
        defer { rows = [] }
        return rows
    }

    mutating func takeBadLines() -> BadLineList {
        defer { badLines = BadLineList() }
        return badLines
    }

    mutating func reject(line: Int, _ problem: LineProblem) { badLines.add(line: line, problem) }

    mutating func stop(_ problem: CorpusProblem) { fatal = fatal ?? problem }

    /// The index of a spelling; equal bytes have the same index.
    mutating func intern(_ spelling: String) -> Int {
        if let id = spellingIDs[UTF8Key(spelling)] { return id }
        spellingIDs[UTF8Key(spelling)] = spellings.count
        spellings.append(spelling)
        return spellings.count - 1
    }
}

/// The first bad lines and the number of all.
struct BadLineList {
    private(set) var first: [DatasetError.BadLine] = []
    private(set) var count = 0

    init() {}

    init(first: [DatasetError.BadLine], count: Int) {
        self.first = first
        self.count = count
    }

    mutating func add(line: Int, _ problem: LineProblem) {
        count += 1
        if first.count < DatasetError.shownLimit { first.append(.init(line: line, problem: problem)) }
    }

    /// The bad lines of both lists, by line.
    func merged(with other: BadLineList) -> BadLineList {
        var merged = BadLineList()
        merged.first = Array(
            (first + other.first).sorted { $0.line < $1.line }.prefix(DatasetError.shownLimit))
        merged.count = count + other.count
        return merged
    }
}

/// A corpus file that has been opened.
struct CorpusInput {
    let name: String
    let source: ByteSource
    let format: DatasetOptions.Format

    init(path: String, options: DatasetOptions) throws(DatasetError) {
        guard path != "-" else {
            name = "standard input"
            source = .standardInput
            format = options.format ?? .jsonl
            return
        }
        do {
            source = try .file(path)
        } catch {
            throw .unreadable(source: path, operation: error.operation, code: error.code)
        }
        name = path
        format = options.format(of: path)
    }

    init(bytes: [UInt8], name: String, options: DatasetOptions) {
        self.name = name
        source = ByteSource(bytes)
        format = options.format(of: name)
    }

    /// Reads everything.
    func rows(options: DatasetOptions, labelled: Bool) throws(DatasetError) -> RowCollector {
        var reader = CorpusReader(self, options: options, labelled: labelled)
        while try reader.readPiece() {}
        var rows = reader.rows
        if reader.hadByteOrderMark { rows.warnings.insert(.byteOrderMark, at: 0) }
        return rows
    }
}
