import Platform

/// Finds out what separates the fields of a table by its first lines.
///
/// Many spreadsheets write `;` into a `.csv`, and Excel a line `sep=;` before the header.
struct TableHeader {
    private let options: DatasetOptions
    private let labelled: Bool
    private let quoting: DatasetOptions.Quoting
    private let candidates: [UInt8]

    /// The bytes up to the end of the header.
    private(set) var bytes: [UInt8] = []
    private(set) var separator: UInt8
    private var lineStart = 0
    private var line = 1
    private var isInQuotes = false
    private var hasText = false
    private var afterReturn = false
    /// The line `sep=;`.
    private var separatorLine: Int?

    init(format: DatasetOptions.Format, options: DatasetOptions, labelled: Bool) {
        self.options = options
        self.labelled = labelled
        quoting = options.quoting(in: format)
        candidates = Array((format == .tsv ? "\t" : ",;\t|").utf8)
        separator = candidates[0]
    }

    /// Whether a line says what separates the fields and is no record.
    func isSeparatorLine(_ line: Int) -> Bool { line == separatorLine }

    /// Reads a byte; true when the header is complete.
    mutating func take(_ byte: UInt8) -> Bool {
        bytes.append(byte)
        let isBreak = byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
        if byte == UInt8(ascii: "\""), quoting == .minimal { isInQuotes.toggle() }
        guard isBreak, !isInQuotes else {
            hasText = hasText || !isBreak
            return bytes.count > options.maximumLineBytes
        }
        if afterReturn, byte == UInt8(ascii: "\n"), bytes.count == lineStart + 1 {
            lineStart = bytes.count
            afterReturn = false
            return false
        }
        afterReturn = byte == UInt8(ascii: "\r")
        if hasText, separatorLine == nil, let given = Self.separator(in: bytes[lineStart...]) {
            (separator, separatorLine, hasText) = (given, line, false)
        }
        lineStart = bytes.count
        line += 1
        return hasText
    }

    /// Chooses the separator, unless a line gave it.
    mutating func decide() {
        if separatorLine == nil { separator = Self.best(candidates, for: self) }
    }

    /// The splitter of the whole table.
    var splitter: RecordSplitter { splitter(separator) }

    private func splitter(_ separator: UInt8) -> RecordSplitter {
        RecordSplitter(separator: separator, quoting: quoting, limit: options.maximumLineBytes)
    }

    /// The separator that a line such as `sep=;` gives.
    private static func separator(in line: ArraySlice<UInt8>) -> UInt8? {
        let text = line.filter { ![0x0A, 0x0D, UInt8(ascii: "\"")].contains($0) }
        guard text.count == 5, String(decoding: text.prefix(4), as: UTF8.self).lowercased() == "sep=" else {
            return nil
        }
        return text[4]
    }

    /// The first separator with which the header has all wanted names; otherwise the one of the most fields.
    private static func best(_ candidates: [UInt8], for header: TableHeader) -> UInt8 {
        let fields = candidates.map { header.names(separatedBy: $0) }
        if let index = fields.firstIndex(where: header.hasWanted) { return candidates[index] }
        let most = fields.map(\.count).max() ?? 0
        return candidates[fields.firstIndex { $0.count == most } ?? 0]
    }

    /// The fields of the first record that is not blank.
    private func names(separatedBy separator: UInt8) -> [String] {
        var splitter = splitter(separator)
        for byte in bytes {
            guard let record = splitter.take(byte) else { continue }
            if !record.isBlank { return Self.names(of: record, splitter) }
            splitter.reuse()
        }
        return splitter.finish().map { Self.names(of: $0, splitter) } ?? []
    }

    private static func names(of record: RecordSplitter.Record, _ splitter: RecordSplitter) -> [String] {
        guard record.problem == nil else { return [] }
        return (0..<record.fieldCount).map { String(decoding: splitter.field($0), as: UTF8.self) }
    }

    private func hasWanted(_ names: [String]) -> Bool {
        func has(_ accepted: [String]) -> Bool {
            names.contains { name in accepted.contains { utf8Equal($0, name) } }
        }
        let inputs = options.textColumns.map { $0.map { [$0] } } ?? [options.inputNames]
        return inputs.allSatisfy(has) && (!labelled || has(options.labelNames))
    }

    /// The table whose header a line seems to be: one of several fields, the wanted ones among them.
    static func seeming(
        _ line: UnsafeRawBufferPointer, options: DatasetOptions, labelled: Bool
    ) -> SeemingFormat? {
        for separator in ",;\t|".unicodeScalars {
            let format = separator == "\t" ? DatasetOptions.Format.tsv : .csv
            var header = TableHeader(format: format, options: options, labelled: labelled)
            header.bytes = Array(line)
            let names = header.names(separatedBy: UInt8(ascii: separator))
            if names.count > 1, header.hasWanted(names) {
                return .table(format, separator: String(separator))
            }
        }
        return nil
    }
}
