import CheckpointIO
import JSONCore
import Platform
import TestSupport
import Testing

/// Every rule of the format, broken in turn, with checksums that fit.
@Suite struct MalformedAPRTests {
    private let directory: TemporaryDirectory
    init() throws { directory = try TemporaryDirectory() }

    private func problem(_ bytes: [UInt8]) throws -> APRProblem? {
        let path = try directory.write(bytes, to: "file.apr")
        let error = #expect(throws: FileError.self) { try APRFile(path: path) }
        guard let problem = error?.problem as? APRProblem else { return nil }
        return problem
    }

    private func problem(_ change: (inout APRImage) -> Void) throws -> APRProblem? {
        var image = APRImage(tensors: [.init(name: "w", dtype: 0, shape: [2], size: 8)])
        change(&image)
        return try problem(image.bytes)
    }

    @Test(arguments: [0, 3, 63, 67])
    func `a file too short for header and footer`(count: Int) throws {
        #expect(try problem([UInt8](APRGolden.smallest.prefix(count))) == .tooShort(bytes: count))
    }

    @Test(arguments: ["APRN", "APR1", "APR2", "GGUF"])
    func `another magic`(magic: String) throws {
        #expect(try problem { $0.magic = Array(magic.utf8) } == .magic(Array(magic.utf8)))
    }

    @Test func `another version`() throws {
        #expect(try problem { $0.version = [3, 1] } == .version(major: 3, minor: 1))
    }

    @Test func `a header that does not fit its checksum`() throws {
        var bytes = APRGolden.smallest
        bytes[50] = 1
        guard case .headerChecksum(expected: 0x73EA_AD9F, _) = try problem(bytes) else {
            Issue.record("another error")
            return
        }
    }

    @Test func `a header checksum that does not fit its header`() throws {
        guard case .headerChecksum(expected: 7, _) = try problem({ $0.headerChecksum = 7 }) else {
            Issue.record("another error")
            return
        }
    }

    @Test func `any byte that changes is found`() throws {
        for offset in APRGolden.smallest.indices {
            var bytes = APRGolden.smallest
            bytes[offset] ^= 0x10
            #expect(throws: FileError.self) {
                try APRFile(path: try directory.write(bytes, to: "changed.apr"))
            }
        }
    }

    @Test func `a footer that does not fit`() throws {
        guard case .footerChecksum(expected: 7, _) = try problem({ $0.footerChecksum = 7 }) else {
            Issue.record("another error")
            return
        }
    }

    @Test func `a file without footer`() throws {
        guard case .footerChecksum = try problem(Array(APRGolden.smallest.dropLast(4))) else {
            Issue.record("another error")
            return
        }
    }

    @Test(arguments: [
        (0x0001, "compressed (LZ4)"), (0x0002, "compressed (Zstandard)"), (0x0004, "encrypted"),
        (0x0010, "one shard of several"), (0x0800, "stored in column-major order"),
        (0x1000, "marked with flags of a later version"),
    ])
    func `a flag that changes how payloads are read`(flag: Int, name: String) throws {
        #expect(try problem { $0.flags |= UInt16(flag) } == .unsupportedFlag(name))
    }

    @Test(arguments: [0, 63, 65, 128, UInt64.max])
    func `metadata that does not follow the header`(offset: UInt64) throws {
        #expect(try problem { $0.metadataOffset = offset } == .sectionBounds("metadata"))
    }

    @Test func `metadata that reaches into the index`() throws {
        #expect(try problem { $0.metadataSize = 65 } == .sectionBounds("metadata"))
    }

    @Test func `metadata longer than the limit`() throws {
        #expect(
            try problem { $0.metadataSize = .max }
                == .metadataTooLarge(bytes: Int(UInt32.max), limit: 64 << 20))
    }

    @Test(arguments: [0, 1 << 20, UInt64.max])
    func `an index outside its section`(offset: UInt64) throws {
        #expect(try problem { $0.indexOffset = offset } == .sectionBounds("metadata"))
    }

    @Test(arguments: [0, 127, 1 << 20, UInt64.max])
    func `data outside their section`(offset: UInt64) throws {
        #expect(try problem { $0.dataOffset = offset } == .sectionBounds("tensor index"))
    }

    @Test(arguments: ["", "{", "{}x", "{\"a\":nan}"])
    func `metadata that is not JSON`(text: String) throws {
        guard case .metadataNotJSON = try problem({ $0.metadata = text }) else {
            Issue.record("another error")
            return
        }
    }

    @Test func `metadata nested too deeply`() throws {
        let text = String(repeating: "[", count: 5000)
        guard case .metadataNotJSON(let error) = try problem({ $0.metadata = text }) else {
            Issue.record("another error")
            return
        }
        #expect(error.rule == .tooDeep(limit: 64))
    }

    @Test func `metadata that is not an object`() throws {
        #expect(
            try problem { $0.metadata = "[]" }
                == .metadataType(key: "", expected: "an object", got: "an array"))
    }

    @Test(arguments: [
        ("hidden_size", "\"896\"", "a number", "a string"), ("architecture", "1", "a string", "a number"),
        ("special_tokens", "[]", "an object", "an array"), ("total_size", "null", "a value", "null"),
    ])
    func `a documented key of the wrong type`(key: String, value: String, expected: String, got: String)
        throws
    {
        #expect(
            try problem { $0.metadata = "{\"\(key)\":\(value)}" }
                == .metadataType(key: key, expected: expected, got: got))
    }

    @Test func `an index in JSON`() throws {
        #expect(
            try problem { $0.index = Array("[{\"name\":\"weights\",\"dtype\":\"json\"}]".utf8) } == .jsonIndex
        )
    }

    @Test(arguments: [2, UInt32.max])
    func `more tensors than the index holds`(count: UInt32) throws {
        let found = try problem { image in
            image.tensorCount = count
            // Without padding there is nothing behind the last entry that could be taken for another.
            image.tensors[0].name = Array(String(repeating: "w", count: 36).utf8)
        }
        #expect(found == .indexTruncated(entry: 1))
    }

    @Test func `an index that ends inside a name`() throws {
        #expect(
            try problem { $0.index = [200, 0] + [UInt8](repeating: 0x61, count: 30) }
                == .indexTruncated(entry: 0))
    }

    @Test func `a name longer than the limit`() throws {
        let found = try problem { $0.tensors[0].name = [UInt8](repeating: 0x61, count: 257) }
        #expect(found == .invalidName(entry: 0))
    }

    @Test func `an empty name`() throws {
        #expect(try problem { $0.tensors[0].name = [] } == .invalidName(entry: 0))
    }

    @Test func `a name that is not UTF-8`() throws {
        #expect(try problem { $0.tensors[0].name = [0xC3, 0x28] } == .invalidName(entry: 0))
    }

    @Test func `names out of order`() throws {
        let found = try problem { $0.tensors.append(.init(name: "a", dtype: 0, shape: [1], size: 4)) }
        #expect(found == .indexUnsorted(name: "a"))
    }

    @Test func `names in the order of their characters but not of their bytes`() throws {
        // U+FFFD sorts before U+10000 by bytes; UTF-16 has it the other way round.
        let found = try problem { image in
            image.tensors = ["\u{10000}", "\u{FFFD}"].map { .init(name: $0, dtype: 0, shape: [1], size: 4) }
        }
        #expect(found == .indexUnsorted(name: "\u{FFFD}"))
    }

    @Test func `one name twice`() throws {
        let found = try problem { $0.tensors.append(.init(name: "w", dtype: 0, shape: [1], size: 4)) }
        #expect(found == .duplicateName("w"))
    }

    @Test func `two names that only differ in Unicode form`() throws {
        let found = try problem { image in
            image.tensors = ["e\u{301}", "\u{E9}"].map { .init(name: $0, dtype: 0, shape: [1], size: 4) }
        }
        #expect(found == .duplicateName("\u{E9}"))
    }

    @Test func `nine dimensions`() throws {
        let found = try problem { $0.tensors[0].shape = [UInt64](repeating: 1, count: 9) }
        #expect(found == .tooManyDimensions(name: "w", count: 9))
    }

    @Test(arguments: [2, 10, 31, 255] as [UInt8])
    func `an unknown dtype`(code: UInt8) throws {
        #expect(try problem { $0.tensors[0].dtype = code } == .unknownDType(name: "w", code: code))
    }

    @Test(arguments: [[1 << 32, 1 << 32], [1 << 63], [1 << 61], [.max, 0]] as [[UInt64]])
    func `a shape that overflows`(shape: [UInt64]) throws {
        #expect(try problem { $0.tensors[0].shape = shape } == .shapeOverflow(name: "w"))
    }

    @Test func `a size that does not fit type and shape`() throws {
        #expect(try problem { $0.tensors[0].shape = [3] } == .sizeMismatch(name: "w", expected: 12, got: 8))
    }

    @Test(arguments: [1 << 40, UInt64.max])
    func `a tensor that begins outside the data`(offset: UInt64) throws {
        #expect(try problem { $0.tensors[0].offset = offset } == .tensorBounds(name: "w"))
    }

    @Test func `a tensor that ends outside the data`() throws {
        let found = try problem { image in
            image.tensors[0].offset = 60
            image.tensors[0].shape = [32]
            image.tensors[0].size = 128
        }
        #expect(found == .tensorBounds(name: "w"))
    }

    @Test func `a size beyond the file`() throws {
        let found = try problem { image in
            image.tensors[0].shape = [1 << 40]
            image.tensors[0].size = 1 << 42
        }
        #expect(found == .tensorBounds(name: "w"))
    }

    @Test func `tensors that overlap`() throws {
        let found = try problem { image in
            image.tensors[0].offset = 0
            image.tensors.append(.init(name: "x", dtype: 0, shape: [2], size: 8))
            image.tensors[1].offset = 4
        }
        #expect(found == .overlap(name: "x", other: "w"))
    }
}
