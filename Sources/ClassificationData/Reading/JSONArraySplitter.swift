/// Splits a JSON array into its elements, one byte at a time; the parser then reads each.
struct JSONArraySplitter {
    /// A finished element; its bytes are `bytes` until `reuse`.
    struct Element {
        let line: Int
        let problem: LineProblem?
    }

    private let limit: Int
    private var line: Int
    private(set) var bytes: [UInt8] = []
    private var isTooLong = false
    /// The line that the element starts on; nil before its first byte.
    private var elementLine: Int?
    /// The number of brackets and braces that are open: 0 before the array and behind it.
    private var depth = 0
    private var isInString = false
    private var isEscaped = false
    private var isClosed = false
    private var hasElements = false
    private var hasReportedRest = false

    init(limit: Int, line: Int) {
        self.limit = limit
        self.line = line
    }

    /// Forgets the element just returned.
    mutating func reuse() {
        bytes.removeAll(keepingCapacity: bytes.capacity <= 1 << 20)
        isTooLong = false
        elementLine = nil
    }

    /// Reads a byte; returns the element that it ends, or what is wrong here.
    mutating func take(_ byte: UInt8) -> Element? {
        defer { if byte == UInt8(ascii: "\n") { line += 1 } }
        let isBlank = byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
        if isClosed {
            guard !isBlank, !hasReportedRest else { return nil }
            hasReportedRest = true
            return Element(line: line, problem: .afterArray)
        }
        if isInString {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isInString = false
            }
            append(byte)
            return nil
        }
        switch byte {
        case UInt8(ascii: "["), UInt8(ascii: "{"):
            depth += 1
            if depth > 1 { append(byte) }
        case UInt8(ascii: ",") where depth == 1: return end(isLast: false)
        case UInt8(ascii: "]") where depth == 1:
            isClosed = true
            return end(isLast: true)
        case UInt8(ascii: "]"), UInt8(ascii: "}"):
            // A brace that closes nothing is the element's own fault.
            depth = max(1, depth - 1)
            append(byte)
        default:
            if byte == UInt8(ascii: "\"") { isInString = true }
            if !isBlank || elementLine != nil { append(byte) }
        }
        return nil
    }

    /// Handles the end of the file.
    mutating func finish() -> (line: Int, problem: LineProblem)? {
        isClosed ? nil : (elementLine ?? line, .unclosedArray)
    }

    private mutating func append(_ byte: UInt8) {
        elementLine = elementLine ?? line
        if bytes.count < limit { bytes.append(byte) } else { isTooLong = true }
    }

    private mutating func end(isLast: Bool) -> Element? {
        guard let start = elementLine else {
            // `[]` has no element.
            return isLast && !hasElements ? nil : Element(line: line, problem: .emptyElement)
        }
        hasElements = true
        return Element(line: start, problem: isTooLong ? .tooLong(limit: limit) : nil)
    }
}
