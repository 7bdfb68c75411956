import Platform

/// Reads CSV or TSV rows by the names in the header.
///
/// A file has no types, so a label field is a class number or a name by what all the file's labels look like; see
/// `LabelResolver`.
struct DelimitedParser: RowParser {
    private var records: RecordSplitter
    private let options: DatasetOptions
    private let labelled: Bool
    private var columns: Columns?

    /// Where the wanted columns stand.
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
        guard let input = place(of: options.inputNames, in: names, into: &rows) else { return }
        var label: Int?
        if labelled {
            label = place(of: options.labelNames, in: names, into: &rows)
            guard let label else { return }
            rows.labelColumn = names[label]
        }
        var group: Int?
        if names.contains(where: { UTF8Key($0) == UTF8Key(options.groupColumn) }) {
            group = place(of: [options.groupColumn], in: names, into: &rows)
        }
        columns = Columns(count: names.count, input: input, label: label, group: group)
    }

    private func place(of accepted: [String], in names: [String], into rows: inout RowCollector) -> Int? {
        let places = names.indices.filter { place in
            accepted.contains { UTF8Key($0) == UTF8Key(names[place]) }
        }
        guard let place = places.first else {
            rows.stop(.missingColumn(accepted: accepted, found: names))
            return nil
        }
        guard places.count == 1 else {
            let found = Set(places.map { UTF8Key(names[$0]) })
            rows.stop(
                found.count == 1
                    ? .repeatedColumn(names[place]) : .ambiguousColumn(found.sorted().map(\.text)))
            return nil
        }
        return place
    }
}
