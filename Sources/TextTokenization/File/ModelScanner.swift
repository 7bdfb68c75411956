/// Reads the two large members of a `tokenizer.json`, the vocabulary and the merges, straight into their tables.
///
/// Building a JSON tree of 300,000 strings would take most of the loading time. The scanner reads only what programs
/// usually write, and gives up on anything else, valid or not. Then the whole file is parsed as a tree, which defines
/// the result and the errors. The scanner never accepts a file that the tree parser would reject.
struct ModelScanner {
    /// The tables, and the rest of the file.
    struct Result {
        var vocabulary: VocabularyTable
        var merges: MergeTable
        /// The document with an empty vocabulary and no merges.
        var rest: [UInt8]
    }

    private let bytes: Bytes
    private var cursor = 0
    /// Memory for a string without its escapes, which is never longer than with them. Only used pages are allocated.
    private let room: UnsafeMutableBufferPointer<UInt8>

    private init(_ bytes: Bytes, room: UnsafeMutableBufferPointer<UInt8>) {
        self.bytes = bytes
        self.room = room
    }

    /// The tables of a file that is valid UTF-8; nil if the file is not of the usual form.
    static func scan(_ bytes: Bytes) -> Result? {
        let room = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count + 4)
        defer { room.deallocate() }
        var scanner = ModelScanner(bytes, room: room)
        guard let model = scanner.member("model", from: 0),
            let vocabularyStart = scanner.member("vocab", from: model),
            let (vocabulary, vocabularyEnd) = scanner.vocabulary(from: vocabularyStart),
            // Nearly every file has the merges after the vocabulary.
            let mergesStart = scanner.member("merges", behind: vocabularyEnd)
                ?? scanner.member("merges", from: model),
            let (merges, mergesEnd) = scanner.merges(from: mergesStart, vocabulary)
        else { return nil }
        let cuts = [(vocabularyStart, vocabularyEnd, "{}"), (mergesStart, mergesEnd, "[]")].sorted {
            $0.0 < $1.0
        }
        guard cuts[0].1 <= cuts[1].0 else { return nil }
        var rest = Array(bytes[..<cuts[0].0])
        rest +=
            Array(cuts[0].2.utf8) + bytes[cuts[0].1..<cuts[1].0] + Array(cuts[1].2.utf8) + bytes[cuts[1].1...]
        return Result(vocabulary: vocabulary, merges: merges, rest: rest)
    }

    // MARK: - Structure

    /// The start of the value of a member of the object at `start`.
    ///
    /// A repeated member is found when the rest is parsed.
    private mutating func member(_ name: String, from start: Int) -> Int? {
        cursor = start
        return take("{") ? nextMember(name) : nil
    }

    /// The same in an object whose members up to `end` have been read.
    private mutating func member(_ name: String, behind end: Int) -> Int? {
        cursor = end
        return take(",") ? nextMember(name) : nil
    }

    private mutating func nextMember(_ name: String) -> Int? {
        while true {
            guard let key = string() else { return nil }
            let isWanted = key.elementsEqual(name.utf8)
            guard take(":") else { return nil }
            skipSpace()
            if isWanted { return cursor }
            guard skipValue(), take(",") else { return nil }
        }
    }

    /// Skips a value.
    private mutating func skipValue() -> Bool {
        var depth = 0
        repeat {
            skipSpace()
            guard cursor < bytes.count else { return false }
            switch bytes[cursor] {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                cursor += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                cursor += 1
            case UInt8(ascii: "\""):
                guard string() != nil else { return false }
            case UInt8(ascii: ","), UInt8(ascii: ":"):
                guard depth > 0 else { return false }
                cursor += 1
            default:
                let start = cursor
                while cursor < bytes.count, !Self.endsWord(bytes[cursor]) { cursor += 1 }
                guard cursor > start else { return false }
            }
        } while depth > 0
        return true
    }

    private static func endsWord(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x00...0x20, UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: "{"), UInt8(ascii: "}"),
            UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "\""):
            true
        default: false
        }
    }

    // MARK: - The two members

    private mutating func vocabulary(from start: Int) -> (VocabularyTable, end: Int)? {
        cursor = start
        guard take("{") else { return nil }
        // In real files an entry takes about twenty bytes, and the merges take several times as much as all entries.
        var table = VocabularyTable(capacity: (bytes.count - start) / 128)
        while true {
            guard let key = string(), take(":"), let id = number() else { return nil }
            guard case .inserted = table.insert(key, id: id) else { return nil }
            if take("}") { return (table, cursor) }
            guard take(",") else { return nil }
        }
    }

    private mutating func merges(from start: Int, _ vocabulary: VocabularyTable) -> (MergeTable, end: Int)? {
        cursor = start
        guard take("[") else { return nil }
        var batch = MergeBatch(vocabulary: vocabulary)
        while true {
            skipSpace()
            guard merge(into: &batch) else { return nil }
            if batch.count == MergeBatch.size {
                // The estimate uses the bytes per merge so far; most of the rest of the file is merges.
                let expected = batch.count * (bytes.count - start) / (cursor - start)
                batch.reserve(expected)
            }
            if take("]") { return batch.finish().map { ($0, cursor) } }
            guard take(",") else { return nil }
        }
    }

    /// Reads a merge, `"a b"` or `["a", "b"]`.
    private mutating func merge(into batch: inout MergeBatch) -> Bool {
        if take("[") {
            guard let left = string() else { return false }
            batch.begin(left)
            guard take(","), let right = string(), take("]") else { return false }
            return batch.end(right)
        }
        guard let line = string(), !line.starts(with: "#version".utf8), let space = line.firstIndex(of: 0x20),
            line.lastIndex(of: 0x20) == space
        else { return false }
        batch.begin(line.slice(0, space))
        return batch.end(line.slice(space + 1, line.count))
    }

    // MARK: - Words

    private mutating func skipSpace() {
        while cursor < bytes.count {
            switch bytes[cursor] {
            case 0x20, 0x09, 0x0A, 0x0D: cursor += 1
            default: return
            }
        }
    }

    private mutating func take(_ mark: Unicode.Scalar) -> Bool {
        skipSpace()
        guard cursor < bytes.count, bytes[cursor] == UInt8(ascii: mark) else { return false }
        cursor += 1
        return true
    }

    /// A token id in plain digits.
    private mutating func number() -> Int32? {
        skipSpace()
        let start = cursor
        var value = 0
        while cursor < bytes.count, case 0x30...0x39 = bytes[cursor], cursor - start < 10 {
            value = value * 10 + Int(bytes[cursor] - 0x30)
            cursor += 1
        }
        guard cursor > start, cursor - start == 1 || bytes[start] != 0x30, cursor < bytes.count,
            Self.endsWord(bytes[cursor])
        else { return nil }
        return Int32(exactly: value)
    }

    /// A string's bytes, valid until the next string is read.
    private mutating func string() -> Bytes? {
        skipSpace()
        guard cursor < bytes.count, bytes[cursor] == UInt8(ascii: "\"") else { return nil }
        let start = cursor + 1
        var end = start
        while end < bytes.count {
            switch bytes[end] {
            case UInt8(ascii: "\""):
                cursor = end + 1
                return bytes.slice(start, end)
            case UInt8(ascii: "\\"): return escapedString(from: start)
            case 0x00..<0x20: return nil
            default: end += 1
            }
        }
        return nil
    }

    private mutating func escapedString(from start: Int) -> Bytes? {
        var length = 0
        var index = start
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            switch byte {
            case UInt8(ascii: "\""):
                cursor = index
                return Bytes(rebasing: UnsafeBufferPointer(room)[..<length])
            case 0x00..<0x20: return nil
            case UInt8(ascii: "\\"):
                guard let scalar = escapedScalar(&index) else { return nil }
                for unit in String(scalar).utf8 {
                    room[length] = unit
                    length += 1
                }
            default:
                room[length] = byte
                length += 1
            }
        }
        return nil
    }

    /// The scalar of an escape after its backslash; surrogates are left to the tree parser.
    private func escapedScalar(_ index: inout Int) -> Unicode.Scalar? {
        guard index < bytes.count else { return nil }
        defer { index += 1 }
        switch bytes[index] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(bytes[index])
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            guard index + 4 < bytes.count else { return nil }
            var value: UInt32 = 0
            for _ in 0..<4 {
                index += 1
                guard let digit = Character(Unicode.Scalar(bytes[index])).hexDigitValue else { return nil }
                value = value << 4 | UInt32(digit)
            }
            return Unicode.Scalar(value)
        default: return nil
        }
    }
}
