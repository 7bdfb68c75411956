/// Turns the bytes of a corpus into rows, piece by piece.
protocol RowParser {
    /// Takes the next bytes.
    mutating func feed(_ piece: UnsafeRawBufferPointer, into rows: inout RowCollector)
    /// Takes the end of the file.
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

/// Recognises byte order marks in the first three bytes, however few arrive at a time.
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
