/// How much a document may ask of the program that reads it.
public struct JSONLimits: Sendable {
    /// The deepest nesting of arrays and objects.
    public var depth: Int
    /// The largest document in bytes.
    public var bytes: Int
    /// The most values, members included.
    public var values: Int

    /// Limits that fit every configuration and tokenizer file of the supported families.
    public init(depth: Int = 128, bytes: Int = 256 << 20, values: Int = 20_000_000) {
        self.depth = depth
        self.bytes = bytes
        self.values = values
    }
}

/// Reads JSON (RFC 8259) strictly: no comments, no trailing commas, no NaN, no byte beyond the document.
public struct JSONParser {
    /// What to do when an object has the same key twice.
    public enum DuplicateKeys: Sendable {
        /// Refuse the document. Right wherever a file decides what runs.
        case reject
        /// The last value counts, as Python and the APR format have it.
        case lastWins
    }

    private let bytes: UnsafeRawBufferPointer
    private let limits: JSONLimits
    private let duplicateKeys: DuplicateKeys
    private var cursor = 0
    private var depth = 0
    private var valueCount = 0

    private init(bytes: UnsafeRawBufferPointer, limits: JSONLimits, duplicateKeys: DuplicateKeys) {
        self.bytes = bytes
        self.limits = limits
        self.duplicateKeys = duplicateKeys
    }

    /// Parses a whole document.
    ///
    /// - Throws: `JSONError` naming the rule that was broken and the byte where.
    public static func parse(
        _ bytes: UnsafeRawBufferPointer, limits: JSONLimits = JSONLimits(),
        duplicateKeys: DuplicateKeys = .reject
    ) throws(JSONError) -> JSONValue {
        guard bytes.count <= limits.bytes else {
            throw JSONError(rule: .tooLarge(limit: limits.bytes), offset: limits.bytes)
        }
        var parser = JSONParser(bytes: bytes, limits: limits, duplicateKeys: duplicateKeys)
        let value = try parser.parseValue()
        parser.skipWhitespace()
        guard parser.cursor == bytes.count else { throw parser.error(.trailingBytes) }
        return value
    }

    /// Parses a whole document held in an array or another contiguous collection of bytes.
    public static func parse(
        _ bytes: some Sequence<UInt8>, limits: JSONLimits = JSONLimits(),
        duplicateKeys: DuplicateKeys = .reject
    ) throws(JSONError) -> JSONValue {
        let array = ContiguousArray(bytes)
        let result = array.withUnsafeBytes { buffer -> Result<JSONValue, JSONError> in
            do throws(JSONError) {
                return .success(try parse(buffer, limits: limits, duplicateKeys: duplicateKeys))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// Parses a document held in a string.
    public static func parse(
        _ text: String, limits: JSONLimits = JSONLimits(), duplicateKeys: DuplicateKeys = .reject
    ) throws(JSONError) -> JSONValue {
        try parse(text.utf8, limits: limits, duplicateKeys: duplicateKeys)
    }

    // MARK: - Grammar

    private mutating func parseValue() throws(JSONError) -> JSONValue {
        skipWhitespace()
        valueCount += 1
        guard valueCount <= limits.values else { throw error(.tooManyValues(limit: limits.values)) }
        switch try peek() {
        case UInt8(ascii: "{"): return .object(try parseObject())
        case UInt8(ascii: "["): return .array(try parseArray())
        case UInt8(ascii: "\""): return .string(try parseString())
        case UInt8(ascii: "t"):
            try expect("true")
            return .bool(true)
        case UInt8(ascii: "f"):
            try expect("false")
            return .bool(false)
        case UInt8(ascii: "n"):
            try expect("null")
            return .null
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try parseNumber())
        case let byte: throw error(.unexpectedByte(byte, expected: "a value"))
        }
    }

    private mutating func parseObject() throws(JSONError) -> JSONObject {
        try enter()
        cursor += 1
        var members: [JSONObject.Member] = []
        var index: [JSONKey: Int]?
        skipWhitespace()
        if try peek() == UInt8(ascii: "}") {
            cursor += 1
            depth -= 1
            return JSONObject()
        }
        while true {
            skipWhitespace()
            let keyOffset = cursor
            guard try peek() == UInt8(ascii: "\"") else {
                throw error(.unexpectedByte(try peek(), expected: "a key in quotes"))
            }
            let key = try parseString()
            skipWhitespace()
            guard try peek() == UInt8(ascii: ":") else {
                throw error(.unexpectedByte(try peek(), expected: "':'"))
            }
            cursor += 1
            let value = try parseValue()
            let previous =
                index == nil
                ? members.firstIndex { $0.key.utf8.elementsEqual(key.utf8) } : index?[JSONKey(key)]
            if let previous {
                guard duplicateKeys == .lastWins else {
                    throw JSONError(rule: .duplicateKey(key), offset: keyOffset)
                }
                members[previous].value = value
            } else {
                members.append(JSONObject.Member(key: key, value: value))
                if index != nil {
                    index?[JSONKey(key)] = members.count - 1
                } else if members.count == 16 {
                    index = JSONKey.index(of: members)
                }
            }
            skipWhitespace()
            let next = try peek()
            cursor += 1
            if next == UInt8(ascii: "}") { break }
            guard next == UInt8(ascii: ",") else {
                cursor -= 1
                throw error(.unexpectedByte(next, expected: "',' or '}'"))
            }
        }
        depth -= 1
        return JSONObject(unique: members, index: index)
    }

    private mutating func parseArray() throws(JSONError) -> [JSONValue] {
        try enter()
        cursor += 1
        var elements: [JSONValue] = []
        skipWhitespace()
        if try peek() == UInt8(ascii: "]") {
            cursor += 1
            depth -= 1
            return elements
        }
        while true {
            elements.append(try parseValue())
            skipWhitespace()
            let next = try peek()
            cursor += 1
            if next == UInt8(ascii: "]") { break }
            guard next == UInt8(ascii: ",") else {
                cursor -= 1
                throw error(.unexpectedByte(next, expected: "',' or ']'"))
            }
        }
        depth -= 1
        return elements
    }

    private mutating func parseNumber() throws(JSONError) -> JSONNumber {
        let start = cursor
        if try peek() == UInt8(ascii: "-") { cursor += 1 }
        let integerStart = cursor
        let integerDigits = skipDigits()
        guard integerDigits > 0, integerDigits == 1 || bytes[integerStart] != UInt8(ascii: "0") else {
            throw JSONError(rule: .invalidNumber, offset: start)
        }
        if cursor < bytes.count, bytes[cursor] == UInt8(ascii: ".") {
            cursor += 1
            guard skipDigits() > 0 else { throw JSONError(rule: .invalidNumber, offset: start) }
        }
        if cursor < bytes.count, bytes[cursor] | 0x20 == UInt8(ascii: "e") {
            cursor += 1
            if cursor < bytes.count, bytes[cursor] == UInt8(ascii: "+") || bytes[cursor] == UInt8(ascii: "-")
            {
                cursor += 1
            }
            guard skipDigits() > 0 else { throw JSONError(rule: .invalidNumber, offset: start) }
        }
        return JSONNumber(checked: String(decoding: bytes[start..<cursor], as: UTF8.self))
    }

    private mutating func parseString() throws(JSONError) -> String {
        let start = cursor + 1
        cursor = start
        while true {
            let byte = try peek()
            if byte == UInt8(ascii: "\"") { break }
            if byte == UInt8(ascii: "\\") { return try parseEscapedString(from: start) }
            guard byte >= 0x20 else { throw error(.controlCharacter) }
            cursor += 1
        }
        defer { cursor += 1 }
        return try decode(start..<cursor)
    }

    /// The slow path: the part before the first backslash is taken as it is, the rest is unescaped.
    private mutating func parseEscapedString(from start: Int) throws(JSONError) -> String {
        var text = try decode(start..<cursor)
        while true {
            let byte = try peek()
            if byte == UInt8(ascii: "\"") { break }
            if byte == UInt8(ascii: "\\") {
                text.unicodeScalars.append(try parseEscape())
            } else {
                let run = cursor
                while try isPlain(try peek()) { cursor += 1 }
                text += try decode(run..<cursor)
            }
        }
        cursor += 1
        return text
    }

    private func isPlain(_ byte: UInt8) throws(JSONError) -> Bool {
        guard byte >= 0x20 else { throw error(.controlCharacter) }
        return byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    private mutating func parseEscape() throws(JSONError) -> Unicode.Scalar {
        let start = cursor
        cursor += 1
        let kind = try peek()
        cursor += 1
        switch kind {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            let first = try parseHex4()
            if let scalar = Unicode.Scalar(first) { return scalar }
            guard (0xD800..<0xDC00).contains(first), cursor + 1 < bytes.count,
                bytes[cursor] == UInt8(ascii: "\\"), bytes[cursor + 1] == UInt8(ascii: "u")
            else { throw JSONError(rule: .loneSurrogate, offset: start) }
            cursor += 2
            let second = try parseHex4()
            guard (0xDC00..<0xE000).contains(second),
                let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
            else { throw JSONError(rule: .loneSurrogate, offset: start) }
            return scalar
        default: throw JSONError(rule: .invalidEscape, offset: start)
        }
    }

    private mutating func parseHex4() throws(JSONError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            let byte = try peek()
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: throw error(.invalidEscape)
            }
            value = value << 4 | UInt32(digit)
            cursor += 1
        }
        return value
    }

    // MARK: - Bytes

    private func decode(_ range: Range<Int>) throws(JSONError) -> String {
        guard let text = String(validating: bytes[range], as: UTF8.self) else {
            throw JSONError(rule: .invalidUTF8, offset: range.lowerBound)
        }
        return text
    }

    private func peek() throws(JSONError) -> UInt8 {
        guard cursor < bytes.count else { throw error(.unexpectedEnd) }
        return bytes[cursor]
    }

    private mutating func expect(_ word: StaticString) throws(JSONError) {
        for offset in 0..<word.utf8CodeUnitCount {
            guard try peek() == word.utf8Start[offset] else {
                throw error(.unexpectedByte(try peek(), expected: "\(word)"))
            }
            cursor += 1
        }
    }

    private mutating func skipDigits() -> Int {
        let start = cursor
        while cursor < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[cursor]) {
            cursor += 1
        }
        return cursor - start
    }

    private mutating func skipWhitespace() {
        while cursor < bytes.count {
            switch bytes[cursor] {
            case 0x20, 0x09, 0x0A, 0x0D: cursor += 1
            default: return
            }
        }
    }

    private mutating func enter() throws(JSONError) {
        depth += 1
        guard depth <= limits.depth else { throw error(.tooDeep(limit: limits.depth)) }
    }

    private func error(_ rule: JSONError.Rule) -> JSONError { JSONError(rule: rule, offset: cursor) }
}
