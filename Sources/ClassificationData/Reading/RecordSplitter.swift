/// Splits CSV or TSV into records and fields (RFC 4180), one byte at a time.
///
/// A field in quotes may hold separators, line breaks and, doubled, quotes. Records end with LF, CRLF or CR. A quote
/// inside a field that does not start with one is an ordinary character, and so is every quote where fields are not
/// quoted.
struct RecordSplitter {
    /// A finished record; its fields are read through the splitter until `reuse`.
    struct Record {
        /// The line it starts on, and the one it ends on.
        let line: Int
        let lastLine: Int
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
    private let isQuoted: Bool
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
    /// Where a record's second line begins in `raw`; nil while it has one line.
    private var breakOffset: Int?
    /// The bytes of the record as they are in the file.
    private(set) var raw: [UInt8] = []

    init(separator: UInt8, quoting: DatasetOptions.Quoting, limit: Int) {
        self.separator = separator
        isQuoted = quoting == .minimal
        self.limit = limit
    }

    /// The bytes of a field of the record just returned.
    func field(_ index: Int) -> ArraySlice<UInt8> { bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]] }

    /// Forgets the record just returned.
    mutating func reuse() {
        bytes.removeAll(keepingCapacity: bytes.capacity <= 1 << 20)
        ends.removeAll(keepingCapacity: ends.capacity <= 1 << 12)
        raw.removeAll(keepingCapacity: raw.capacity <= 1 << 20)
        breakOffset = nil
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
            raw = []
        } else if isQuoted {
            raw.append(byte)
        }
        switch state {
        case .quoted:
            if byte == UInt8(ascii: "\"") { state = .quoteInQuoted } else { append(byte) }
            if isNewline || isReturn { breakOffset = breakOffset ?? raw.count }
        case .quoteInQuoted where byte == UInt8(ascii: "\""):
            append(byte)
            state = .quoted
        case _ where isNewline || isReturn:
            return endRecord()
        case _ where byte == separator:
            if state != .skipping { state = .fieldStart }
            endField()
        case .fieldStart where isQuoted && byte == UInt8(ascii: "\""):
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
            line: recordLine, lastLine: breakOffset == nil ? recordLine : line, fieldCount: ends.count,
            isBlank: problem == nil && ends.count == 1 && bytes.isEmpty && !hadQuotes, problem: problem)
    }
}
