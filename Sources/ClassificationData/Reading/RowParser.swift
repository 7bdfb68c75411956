import Platform

/// Turns the bytes of a corpus into rows, piece by piece.
protocol RowParser {
    /// Reads the next bytes.
    mutating func feed(_ piece: UnsafeRawBufferPointer, into rows: inout RowCollector)
    /// Handles the end of the file.
    mutating func finish(into rows: inout RowCollector)
}

/// Reads a source to its end through a parser.
enum CorpusReader {
    /// The rows, and whether a byte order mark was skipped.
    static func read(
        _ source: ByteSource, name: String, options: DatasetOptions, format: DatasetOptions.Format,
        labelled: Bool
    ) throws(DatasetError) -> (rows: RowCollector, hadByteOrderMark: Bool) {
        switch format {
        case .jsonl: try read(source, name: name, JSONLinesParser(options: options, labelled: labelled))
        case .csv:
            try read(
                source, name: name, DelimitedParser(separator: ",", options: options, labelled: labelled))
        case .tsv:
            try read(
                source, name: name, DelimitedParser(separator: "\t", options: options, labelled: labelled))
        }
    }

    private static func read(
        _ source: ByteSource, name: String, _ parser: some RowParser
    ) throws(DatasetError) -> (rows: RowCollector, hadByteOrderMark: Bool) {
        var parser = parser
        var rows = RowCollector()
        var start = FileStart()
        do {
            var more = true
            while more, rows.fatal == nil {
                more = try source.next { piece in
                    start.pass(piece) { parser.feed($0, into: &rows) }
                    if let encoding = start.foreignEncoding { rows.stop(.foreignEncoding(encoding)) }
                }
            }
        } catch {
            throw .unreadable(source: name, operation: error.operation, code: error.code)
        }
        if rows.fatal == nil {
            start.finish { parser.feed($0, into: &rows) }
            parser.finish(into: &rows)
        }
        if let fatal = rows.fatal { throw .unusable(source: .named(name), problem: fatal) }
        return (rows, start.hadByteOrderMark)
    }
}

/// Recognises byte order marks in the first three bytes, even if they arrive one by one.
private struct FileStart {
    private var held: [UInt8]? = []
    private(set) var hadByteOrderMark = false
    private(set) var foreignEncoding: String?

    mutating func pass(_ piece: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void) {
        guard var start = held else { return body(piece) }
        start.append(contentsOf: piece)
        held = start
        if start.count >= 3 { finish(body) }
    }

    mutating func finish(_ body: (UnsafeRawBufferPointer) -> Void) {
        guard let start = held else { return }
        held = nil
        if start.starts(with: [0xFF, 0xFE]) || start.starts(with: [0xFE, 0xFF]) {
            foreignEncoding = "UTF-16"
            return
        }
        hadByteOrderMark = start.starts(with: [0xEF, 0xBB, 0xBF])
        start.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[(hadByteOrderMark ? 3 : 0)...])) }
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
        /// A CSV field, which has no type; the index of its spelling.
        case field(Int)
    }

    var text: String
    var label: Label
    var group: String?
    var line: Int
}

/// The rows that a parser has read, and the problems of bad lines.
struct RowCollector {
    private(set) var rows: [RawRow] = []
    private(set) var badLines = BadLineList()
    /// A reason to stop reading.
    private(set) var fatal: CorpusProblem?
    /// The header of the label column, in CSV and TSV.
    var labelColumn: String?
    /// The different spellings of labels.
    private(set) var spellings: [String] = []
    private var spellingIDs: [UTF8Key: Int] = [:]

    mutating func add(_ row: RawRow) { rows.append(row) }

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

    func rows(options: DatasetOptions, labelled: Bool) throws(DatasetError) -> (
        rows: RowCollector, hadByteOrderMark: Bool
    ) {
        try CorpusReader.read(source, name: name, options: options, format: format, labelled: labelled)
    }
}
