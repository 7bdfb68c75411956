import Platform

/// Reads CSV or TSV rows by the names in the header.
///
/// Fields have no types, so all labels of the file together decide whether they are class numbers or names: see
/// `LabelResolver`.
struct DelimitedParser: RowParser {
    private var records: RecordSplitter
    private let options: DatasetOptions
    private let labelled: Bool
    private var columns: Columns?

    /// The indices of the wanted columns.
    private struct Columns {
        let count: Int
        let input: Int
        let label: Int?
        let group: Int?
    }

    init(separator: Unicode.Scalar, options: DatasetOptions, labelled: Bool) {
        records = RecordSplitter(separator: UInt8(ascii: separator), limit: options.maximumLineBytes)
        self.options = options
        self.labelled = labelled
    }

    mutating func feed(_ piece: UnsafeRawBufferPointer, into rows: inout RowCollector) {
        for byte in piece {
            if let record = records.take(byte) { add(record, into: &rows) }
            if rows.fatal != nil { return }
        }
    }

    mutating func finish(into rows: inout RowCollector) {
        if let record = records.finish() { add(record, into: &rows) }
    }

    private mutating func add(_ record: RecordSplitter.Record, into rows: inout RowCollector) {
        defer { records.reuse() }
        if record.isBlank { return }
        guard let columns else {
            return readHeader(record, into: &rows)
        }
        do throws(LineRejection) {
            if let problem = record.problem { throw LineRejection(problem) }
            guard record.fieldCount == columns.count else {
                throw LineRejection(.fieldCount(found: record.fieldCount, expected: columns.count))
            }
            rows.add(try row(record, columns, into: &rows))
        } catch {
            rows.reject(line: record.line, error.problem)
        }
    }

    private func row(
        _ record: RecordSplitter.Record, _ columns: Columns, into rows: inout RowCollector
    ) throws(LineRejection) -> RawRow {
        var label = RawRow.Label.none
        if let column = columns.label { label = .field(rows.intern(try text(record, column))) }
        var group: String?
        if let column = columns.group {
            let name = try text(record, column)
            group = name.isEmpty ? nil : name
        }
        return RawRow(text: try text(record, columns.input), label: label, group: group, line: record.line)
    }

    private func text(_ record: RecordSplitter.Record, _ column: Int) throws(LineRejection) -> String {
        let bytes = records.field(column)
        guard !bytes.contains(0) else { throw LineRejection(.nulByte) }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw LineRejection(.invalidUTF8) }
        return text
    }

    private mutating func readHeader(_ record: RecordSplitter.Record, into rows: inout RowCollector) {
        if let problem = record.problem { return rows.reject(line: record.line, problem) }
        let names = (0..<record.fieldCount).map { String(decoding: records.field($0), as: UTF8.self) }
        guard let input = columnIndex(of: options.inputNames, in: names, into: &rows) else { return }
        var label: Int?
        if labelled {
            label = columnIndex(of: options.labelNames, in: names, into: &rows)
            guard let label else { return }
            rows.labelColumn = names[label]
        }
        var group: Int?
        if names.contains(where: { UTF8Key($0) == UTF8Key(options.groupColumn) }) {
            group = columnIndex(of: [options.groupColumn], in: names, into: &rows)
        }
        columns = Columns(count: names.count, input: input, label: label, group: group)
    }

    private func columnIndex(of accepted: [String], in names: [String], into rows: inout RowCollector) -> Int?
    {
        let matches = names.indices.filter { column in
            accepted.contains { UTF8Key($0) == UTF8Key(names[column]) }
        }
        guard let column = matches.first else {
            rows.stop(.missingColumn(accepted: accepted, found: names))
            return nil
        }
        guard matches.count == 1 else {
            let found = Set(matches.map { UTF8Key(names[$0]) })
            rows.stop(
                found.count == 1
                    ? .repeatedColumn(names[column]) : .ambiguousColumn(found.sorted().map(\.text)))
            return nil
        }
        return column
    }
}

/// Splits CSV or TSV into records and fields (RFC 4180), one byte at a time.
///
/// A field in quotes may hold separators, line breaks and, doubled, quotes. Records end with LF, CRLF or CR. A quote
/// inside a field that does not start with one is an ordinary character.
struct RecordSplitter {
    /// A finished record; its fields are read through the splitter until `reuse`.
    struct Record {
        let line: Int
        let fieldCount: Int
        let isBlank: Bool
        let problem: LineProblem?
    }

    private enum State {
        case fieldStart
        case plain
        case quoted
        case quoteInQuoted
        /// After a broken field: skip to the end of the record.
        case skipping
    }

    private let separator: UInt8
    private let limit: Int
    private var state = State.fieldStart
    private var bytes: [UInt8] = []
    private var ends: [Int] = []
    private var hadQuotes = false
    private var problem: LineProblem?
    private var recordLine = 1
    private var line = 1
    private var afterReturn = false
    private var size = 0

    init(separator: UInt8, limit: Int) {
        self.separator = separator
        self.limit = limit
    }

    /// The bytes of a field of the record just returned.
    func field(_ index: Int) -> ArraySlice<UInt8> { bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]] }

    /// Forgets the record just returned.
    mutating func reuse() {
        bytes.removeAll(keepingCapacity: bytes.capacity <= 1 << 20)
        ends.removeAll(keepingCapacity: ends.capacity <= 1 << 12)
        hadQuotes = false
        problem = nil
        state = .fieldStart
        size = 0
        recordLine = line
    }

    /// Reads a byte; returns the record that it ends, if any.
    mutating func take(_ byte: UInt8) -> Record? {
        let isNewline = byte == UInt8(ascii: "\n")
        let isReturn = byte == UInt8(ascii: "\r")
        let isSecondHalf = isNewline && afterReturn
        afterReturn = isReturn
        if isNewline || isReturn, !isSecondHalf { line += 1 }
        if isSecondHalf, state != .quoted {
            // The record ended at the carriage return; the next one starts after this byte.
            recordLine = line
            return nil
        }
        size += 1
        if size > limit {
            problem = .tooLong(limit: limit)
            bytes = []
            ends = []
        }
        switch state {
        case .quoted:
            if byte == UInt8(ascii: "\"") { state = .quoteInQuoted } else { append(byte) }
        case .quoteInQuoted where byte == UInt8(ascii: "\""):
            append(byte)
            state = .quoted
        case _ where isNewline || isReturn:
            return endRecord()
        case _ where byte == separator:
            if state != .skipping { state = .fieldStart }
            endField()
        case .fieldStart where byte == UInt8(ascii: "\""):
            hadQuotes = true
            state = .quoted
        case .quoteInQuoted:
            problem = problem ?? .textAfterQuote(column: ends.count + 1)
            state = .skipping
        case .fieldStart, .plain:
            append(byte)
            state = .plain
        case .skipping: break
        }
        return nil
    }

    /// Handles the end of the file; returns the record that it ends, if any.
    mutating func finish() -> Record? {
        if state == .quoted { problem = problem ?? .unterminatedQuote }
        return size == 0 ? nil : endRecord()
    }

    private mutating func append(_ byte: UInt8) { if problem == nil { bytes.append(byte) } }

    private mutating func endField() { if problem == nil { ends.append(bytes.count) } }

    private mutating func endRecord() -> Record {
        endField()
        return Record(
            line: recordLine, fieldCount: ends.count,
            isBlank: problem == nil && ends.count == 1 && bytes.isEmpty && !hadQuotes, problem: problem)
    }
}
