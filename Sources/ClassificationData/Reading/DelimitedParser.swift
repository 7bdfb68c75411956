import JSONCore
import Platform

/// Reads CSV or TSV rows by the names in the header.
///
/// Fields have no types, so all labels of the file together decide whether they are class numbers or names: see
/// `LabelResolver`.
struct DelimitedParser: RowParser {
    private let options: DatasetOptions
    private let labelled: Bool
    private var header: TableHeader
    private var isHeaderFound = false
    private var records: RecordSplitter
    private var columns: Columns?
    private var quotes: QuoteReview

    /// The indices of the wanted columns.
    struct Columns {
        let count: Int
        let inputs: [Int]
        let label: Int?
        let group: Int?
        /// The columns that are kept beside the texts, with their names.
        let others: [(index: Int, name: String)]
    }

    init(format: DatasetOptions.Format, options: DatasetOptions, labelled: Bool) {
        self.options = options
        self.labelled = labelled
        header = TableHeader(format: format, options: options, labelled: labelled)
        records = header.splitter
        quotes = QuoteReview(quoting: options.quoting(in: format))
    }

    mutating func feed(_ piece: UnsafeRawBufferPointer, into rows: inout RowCollector) {
        var rest = piece[...]
        if !isHeaderFound {
            guard let end = rest.indices.first(where: { header.take(rest[$0]) }) else { return }
            rest = rest[(end + 1)...]
            begin(into: &rows)
        }
        split(rest, into: &rows)
    }

    mutating func finish(into rows: inout RowCollector) {
        if !isHeaderFound { begin(into: &rows) }
        if let record = records.finish() { add(record, into: &rows) }
        rows.warnings += quotes.warnings(labels: labelled ? rows.spellings : nil)
    }

    /// Goes back to the first byte, with the separator that the header has.
    private mutating func begin(into rows: inout RowCollector) {
        isHeaderFound = true
        header.decide()
        records = header.splitter
        let bytes = header.bytes
        bytes.withUnsafeBytes { split($0[...], into: &rows) }
    }

    private mutating func split(_ bytes: Slice<UnsafeRawBufferPointer>, into rows: inout RowCollector) {
        for byte in bytes {
            if let record = records.take(byte) { add(record, into: &rows) }
            if rows.fatal != nil { return }
        }
    }

    private mutating func add(_ record: RecordSplitter.Record, into rows: inout RowCollector) {
        defer { records.reuse() }
        if record.isBlank || header.isSeparatorLine(record.line) { return }
        guard let columns else { return readHeader(record, into: &rows) }
        do throws(LineRejection) {
            if let problem = record.problem { throw LineRejection(problem) }
            guard record.fieldCount == columns.count else {
                throw LineRejection(.fieldCount(found: record.fieldCount, expected: columns.count))
            }
            rows.add(try row(record, columns, into: &rows))
            quotes.see(record, records, columns, separator: header.separator)
        } catch {
            rows.reject(line: record.line, error.problem)
        }
    }

    private func row(
        _ record: RecordSplitter.Record, _ columns: Columns, into rows: inout RowCollector
    ) throws(LineRejection) -> RawRow {
        var label = RawRow.Label.none
        if let column = columns.label { label = .field(rows.intern(try text(records.field(column)))) }
        var group: String?
        if let column = columns.group {
            let name = try text(records.field(column))
            group = name.isEmpty ? nil : name
        }
        var texts: [String] = []
        for column in columns.inputs { texts.append(try text(records.field(column))) }
        var others: [(String, JSONValue)] = []
        for column in columns.others {
            others.append((column.name, .string(try text(records.field(column.index)))))
        }
        return RawRow(
            text: texts.count == 1 ? texts[0] : RawRow.joined(texts), label: label, group: group,
            line: record.line, columns: options.keepsColumns ? JSONObject(others) : nil)
    }

    private func text(_ bytes: ArraySlice<UInt8>) throws(LineRejection) -> String {
        guard !bytes.contains(0) else { throw LineRejection(.nulByte) }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw LineRejection(.invalidUTF8) }
        return text
    }

    private mutating func readHeader(_ record: RecordSplitter.Record, into rows: inout RowCollector) {
        if let problem = record.problem { return rows.reject(line: record.line, problem) }
        let names = (0..<record.fieldCount).map { String(decoding: records.field($0), as: UTF8.self) }
        if let first = names.first, first.hasPrefix("{\"") || first.hasPrefix("[{") || first == "[" {
            return rows.stop(.jsonInTable(line: record.line))
        }
        var inputs: [Int] = []
        for accepted in options.textColumns.map({ $0.map { [$0] } }) ?? [options.inputNames] {
            guard let input = columnIndex(of: accepted, in: names, into: &rows) else { return }
            inputs.append(input)
        }
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
        let others = options.keepsColumns ? names.indices.filter { !inputs.contains($0) } : []
        columns = Columns(
            count: names.count, inputs: inputs, label: label, group: group,
            others: others.map { ($0, names[$0]) })
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
