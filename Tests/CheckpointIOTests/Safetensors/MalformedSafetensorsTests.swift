import CheckpointIO
import JSONCore
import Platform
import TestSupport
import Testing

/// Every rule of the format, broken in turn.
@Suite struct MalformedSafetensorsTests {
    private let directory: TemporaryDirectory
    init() throws { directory = try TemporaryDirectory() }

    private func problem(_ bytes: [UInt8]) throws -> SafetensorsProblem? {
        let path = try directory.write(bytes, to: "file.safetensors")
        let error = #expect(throws: FileError.self) { try SafetensorsFile(path: path) }
        #expect(error?.path == path)
        guard let problem = error?.problem as? SafetensorsProblem else { return nil }
        return problem
    }

    private func problem(_ entries: String..., data: Int) throws -> SafetensorsProblem? {
        try problem(SafetensorsBuilder.file("{" + entries.joined(separator: ",") + "}", data: data))
    }

    private let entry = SafetensorsBuilder.entry

    @Test func `an empty file`() throws {
        #expect(try problem([]) == .headerLengthMissing(bytes: 0))
    }

    @Test func `a file of seven bytes`() throws {
        #expect(try problem([1, 0, 0, 0, 0, 0, 0]) == .headerLengthMissing(bytes: 7))
    }

    @Test func `a header longer than the limit`() throws {
        let bytes = SafetensorsBuilder.file("{}", data: 0, length: 100_000_001)
        #expect(try problem(bytes) == .headerTooLarge(bytes: 100_000_001, limit: 100_000_000))
    }

    @Test func `a header length that overflows`() throws {
        let bytes = SafetensorsBuilder.file("{}", data: 0, length: .max)
        #expect(try problem(bytes) == .headerTooLarge(bytes: .max, limit: 100_000_000))
    }

    @Test func `a header that reaches beyond the file`() throws {
        let bytes = SafetensorsBuilder.file("{}", data: 0, length: 50)
        #expect(try problem(bytes) == .headerTruncated(needed: 58, available: 10))
    }

    @Test func `a header of no bytes`() throws {
        #expect(try problem(SafetensorsBuilder.file("", data: 0)) == .headerStart)
    }

    @Test(arguments: [" {}", "[]", "\"a\"", "null"])
    func `a header that does not begin with a brace`(header: String) throws {
        #expect(try problem(SafetensorsBuilder.file(header, data: 0)) == .headerStart)
    }

    @Test(arguments: ["{", "{]", "{\"a\"}", "{} x", "{\"a\":\u{1}}"])
    func `a header that is not JSON`(header: String) throws {
        guard case .headerNotJSON = try problem(SafetensorsBuilder.file(header, data: 0)) else {
            Issue.record("another error")
            return
        }
    }

    @Test func `a header that is not UTF-8`() throws {
        var bytes = SafetensorsBuilder.file("{\"a\":1}", data: 0)
        bytes[10] = 0xFF
        guard case .headerNotJSON(let error) = try problem(bytes) else {
            Issue.record("another error")
            return
        }
        #expect(error.rule == .invalidUTF8)
    }

    @Test func `two tensors of one name`() throws {
        let found = try problem(entry("a", "U8", "[1]", 0, 1), entry("a", "U8", "[1]", 1, 2), data: 2)
        guard case .headerNotJSON(let error) = found else {
            Issue.record("another error: \(String(describing: found))")
            return
        }
        #expect(error.rule == .duplicateKey("a"))
    }

    @Test func `two names that only differ in Unicode form`() throws {
        let found = try problem(
            entry("e\u{301}", "U8", "[1]", 0, 1), entry("\u{E9}", "U8", "[1]", 1, 2), data: 2)
        #expect(found == .ambiguousName("\u{E9}"))
    }

    @Test(arguments: ["1", "[]", "null", "\"x\""])
    func `an entry that is not an object`(value: String) throws {
        #expect(
            try problem("\"a\":\(value)", data: 0)
                == .invalidEntry(name: "a", member: "the value", expected: "an object"))
    }

    @Test func `an entry with an unknown member`() throws {
        #expect(
            try problem("\"a\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0],\"extra\":1}", data: 0)
                == .invalidEntry(name: "a", member: "\"extra\"", expected: "a known member"))
    }

    @Test func `an entry without dtype`() throws {
        #expect(
            try problem("\"a\":{\"shape\":[0],\"data_offsets\":[0,0]}", data: 0)
                == .invalidEntry(name: "a", member: "dtype", expected: "a string"))
    }

    @Test(arguments: ["F8_E4M3", "f32", "", "Q4_0"])
    func `an unknown dtype`(name: String) throws {
        #expect(try problem(entry("a", name, "[1]", 0, 1), data: 1) == .unknownDType(name: "a", dtype: name))
    }

    @Test(arguments: ["3", "[-1]", "[1.5]", "[\"1\"]", "[9223372036854775808]", "null"])
    func `a shape that is no list of sizes`(shape: String) throws {
        #expect(
            try problem(entry("a", "U8", shape, 0, 1), data: 1)
                == .invalidEntry(name: "a", member: "shape", expected: "a list of sizes"))
    }

    @Test func `a shape whose product overflows`() throws {
        let shape = "[4294967296,4294967296]"
        #expect(try problem(entry("a", "U8", shape, 0, 1), data: 1) == .shapeOverflow(name: "a"))
    }

    @Test func `a shape whose size in bytes overflows`() throws {
        let shape = "[\(Int.max / 2)]"
        #expect(try problem(entry("a", "F32", shape, 0, 1), data: 1) == .shapeOverflow(name: "a"))
    }

    @Test(arguments: ["[0]", "[0,1,2]", "[0,-1]", "7", "[0,1.0]"])
    func `offsets that are no pair`(offsets: String) throws {
        #expect(
            try problem("\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":\(offsets)}", data: 1)
                == .invalidEntry(name: "a", member: "data_offsets", expected: "a pair of offsets"))
    }

    @Test func `offsets out of order`() throws {
        #expect(
            try problem(entry("a", "U8", "[1]", 1, 0), data: 1)
                == .offsetsReversed(name: "a", start: 1, end: 0))
    }

    @Test func `offsets at the end of the number range`() throws {
        #expect(
            try problem(entry("a", "U8", "[0]", .max, .max), data: 0) == .shapeOverflow(name: "a"))
    }

    @Test func `a size that does not fit type and shape`() throws {
        #expect(
            try problem(entry("a", "F32", "[2]", 0, 4), data: 4)
                == .sizeMismatch(name: "a", expected: 8, got: 4))
    }

    @Test func `a hole before the first tensor`() throws {
        #expect(
            try problem(entry("a", "U8", "[1]", 1, 2), data: 2)
                == .hole(name: "a", expectedStart: 0, start: 1))
    }

    @Test func `a hole between tensors`() throws {
        let found = try problem(entry("a", "U8", "[1]", 0, 1), entry("b", "U8", "[1]", 2, 3), data: 3)
        #expect(found == .hole(name: "b", expectedStart: 1, start: 2))
    }

    @Test func `tensors that overlap`() throws {
        let found = try problem(entry("a", "U8", "[2]", 0, 2), entry("b", "U8", "[2]", 1, 3), data: 3)
        #expect(found == .overlap(name: "b", expectedStart: 2, start: 1))
    }

    @Test func `two tensors at the same offsets`() throws {
        let found = try problem(entry("a", "U8", "[2]", 0, 2), entry("b", "U8", "[2]", 0, 2), data: 2)
        guard case .overlap(_, expectedStart: 2, start: 0) = found else {
            Issue.record("another error: \(String(describing: found))")
            return
        }
    }

    @Test func `a file cut short`() throws {
        let header = "{" + entry("a", "U8", "[5]", 0, 5) + "}"
        #expect(
            try problem(SafetensorsBuilder.file(header, data: 4))
                == .dataTruncated(needed: 8 + header.utf8.count + 5, available: 8 + header.utf8.count + 4))
    }

    @Test func `bytes behind the last tensor`() throws {
        #expect(try problem(entry("a", "U8", "[1]", 0, 1), data: 3) == .trailingBytes(2))
    }

    @Test(arguments: ["[]", "1", "null"])
    func `metadata that is not an object`(value: String) throws {
        #expect(try problem("\"__metadata__\":\(value)", data: 0) == .invalidMetadata(key: nil))
    }

    @Test func `metadata that is not text`() throws {
        #expect(try problem("\"__metadata__\":{\"epoch\":1}", data: 0) == .invalidMetadata(key: "epoch"))
    }

    @Test func `a header nested too deeply`() throws {
        let header = "{\"a\":" + String(repeating: "[", count: 100_000) + "}"
        guard case .headerNotJSON(let error) = try problem(SafetensorsBuilder.file(header, data: 0)) else {
            Issue.record("another error")
            return
        }
        #expect(error.rule == .tooDeep(limit: 8))
    }

    @Test func `a directory instead of a file`() throws {
        let error = #expect(throws: FileError.self) { try SafetensorsFile(path: directory.path) }
        #expect(error?.problem as? FileProblem == .notRegularFile)
    }

    @Test func `a file that does not exist`() throws {
        let error = #expect(throws: FileError.self) { try SafetensorsFile(path: directory("none")) }
        #expect(error?.isNotFound == true)
        #expect(error?.description.contains("cannot open: No such file or directory") == true)
    }
}
