import Platform

/// Finds rows that quotes may have swallowed, and fields whose quotes may have been meant as such.
///
/// In a file where quotes are ordinary characters, a field that begins with one takes in the lines up to a later one.
/// Nothing in the file tells that from a text of several lines, so the owner is told where it looks so.
struct QuoteReview {
    /// So many suspicious rows, and lines of each, are remembered.
    private static let limit = 10_000

    private let quoting: DatasetOptions.Quoting
    /// For each row of several lines, those that have as many fields as a row, and what stands where the label would.
    private var suspects: [[(line: Int, label: String?)]] = []
    private var quotedLiterally = LineList()

    init(quoting: DatasetOptions.Quoting) { self.quoting = quoting }

    /// Looks at a record that has become a row.
    mutating func see(
        _ record: RecordSplitter.Record, _ splitter: RecordSplitter, _ columns: DelimitedParser.Columns,
        separator: UInt8
    ) {
        if quoting == .disabled {
            let fields = columns.inputs + (columns.label.map { [$0] } ?? [])
            if fields.contains(where: { Self.isQuoted(splitter.field($0)) }) {
                quotedLiterally.add(record.line)
            }
        } else if record.lastLine > record.line, columns.count > 1 {
            var (line, found): (Int, [(Int, String?)]) = (record.line, [])
            for text in Self.lines(splitter.raw) {
                let fields = text.split(separator: separator, omittingEmptySubsequences: false)
                if fields.count == columns.count, found.count < Self.limit,
                    columns.label != nil || Self.looksLikeRow(fields)
                {
                    found.append((line, columns.label.map { Self.bare(fields[$0]) }))
                }
                line += 1
            }
            // One line may hold the row's other fields; a second one is too many.
            if found.count > 1, suspects.count < Self.limit { suspects.append(found) }
        }
    }

    /// What to tell the owner.
    ///
    /// - Parameter labels: the labels of the file, of which a swallowed row has one; nil if labels were not read.
    func warnings(labels: [String]?) -> [DataWarning] {
        let known = labels.map { Set($0.map(UTF8Key.init)) }
        var swallowed = LineList()
        for suspect in suspects {
            let lines = suspect.filter { line in
                line.label.map { known?.contains(UTF8Key($0)) != false } ?? true
            }
            if lines.count > 1 { lines.forEach { swallowed.add($0.line) } }
        }
        var warnings: [DataWarning] = []
        if swallowed.count > 0 {
            warnings.append(.rowsInQuotes(lines: swallowed.first, count: swallowed.count))
        }
        if quotedLiterally.count > 0 {
            warnings.append(.literalQuotes(lines: quotedLiterally.first, count: quotedLiterally.count))
        }
        return warnings
    }

    /// The first lines of many, and their number.
    private struct LineList {
        var first: [Int] = []
        var count = 0

        mutating func add(_ line: Int) {
            count += 1
            if first.count < 20 { first.append(line) }
        }
    }

    /// Whether a field is written as a quoted one is: in quotes, and those inside doubled.
    private static func isQuoted(_ field: ArraySlice<UInt8>) -> Bool {
        let quote = UInt8(ascii: "\"")
        guard field.count > 1, field.first == quote, field.last == quote else { return false }
        var isOpen = false
        for byte in field.dropFirst().dropLast() {
            if byte == quote { isOpen.toggle() } else if isOpen { return false }
        }
        return !isOpen
    }

    /// The lines of a record, which end with LF, CRLF or CR.
    private static func lines(_ raw: [UInt8]) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var start = 0
        for (index, byte) in raw.enumerated() {
            guard byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") else { continue }
            if byte == UInt8(ascii: "\n"), index > 0, raw[index - 1] == UInt8(ascii: "\r") {
                start = index + 1
                continue
            }
            lines.append(raw[start..<index])
            start = index + 1
        }
        return start < raw.count ? lines + [raw[start...]] : lines
    }

    /// Whether fields are a row's rather than a sentence's, in which a space follows the separator.
    private static func looksLikeRow(_ fields: [ArraySlice<UInt8>]) -> Bool {
        fields.dropFirst().allSatisfy { $0.first != UInt8(ascii: " ") }
    }

    /// A field without quotes around it.
    private static func bare(_ field: ArraySlice<UInt8>) -> String {
        var field = field
        if field.first == UInt8(ascii: "\"") { field.removeFirst() }
        if field.last == UInt8(ascii: "\"") { field.removeLast() }
        return String(decoding: field, as: UTF8.self)
    }
}
