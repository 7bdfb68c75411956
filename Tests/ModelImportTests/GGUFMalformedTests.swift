import ModelImport
import Testing

@Suite("Malformed GGUF files")
struct GGUFMalformedTests {
    private func rule(_ bytes: [UInt8], limits: GGUFLimits = GGUFLimits()) -> GGUFError.Rule? {
        let outcome = bytes.withUnsafeBytes { bytes in
            Result { () throws(GGUFError) in try GGUFHeader.parse(bytes, limits: limits) }
        }
        guard case .failure(let error) = outcome else { return nil }
        #expect(!error.description.isEmpty)
        return error.rule
    }

    private func rule(_ change: (inout GGUFBuilder) -> Void) -> GGUFError.Rule? {
        var builder = GGUFBuilder()
        change(&builder)
        return rule(builder.bytes)
    }

    private func tensor(
        _ name: String = "t", _ shape: [UInt64] = [4], type: UInt32 = 0, byteCount: Int = 16,
        offset: UInt64? = nil
    ) -> GGUFBuilder.Tensor {
        .init(
            name: name, shape: shape, type: type, bytes: [UInt8](repeating: 0, count: byteCount),
            offset: offset)
    }

    @Test func `every truncation of a good file is an error`() {
        var builder = GGUFBuilder()
        builder.metadata = [("key", .strings(["one", "two"])), ("flag", .bool(1))]
        builder.tensors = [tensor()]
        let good = builder.bytes
        #expect(rule(good) == nil)
        // The last sixteen bytes are padding.
        for count in 0..<good.count - 16 {
            switch rule(Array(good[..<count])) {
            case .truncated, .tensorOutOfBounds: break
            case let other: Issue.record("\(count) bytes: \(String(describing: other))")
            }
        }
    }

    @Test func `another magic number is refused`() {
        #expect(rule(Array("GGML".utf8) + GGUFBuilder().bytes[4...]) == .wrongMagic)
        #expect(rule(Array("FUGG".utf8) + GGUFBuilder().bytes[4...]) == .wrongMagic)
    }

    @Test(arguments: [0, 1, 4] as [UInt32])
    func `versions 0, 1 and 4 are refused by number`(number: UInt32) {
        #expect(rule { $0.version = number } == .unsupportedVersion(number))
    }

    @Test func `big-endian files are refused as such`() {
        #expect(rule { $0.version = UInt32(3).byteSwapped } == .bigEndian)
    }

    @Test func `a metadata count above the limit is refused`() {
        #expect(
            rule { $0.metadataCount = .max } == .tooLarge(what: "metadata count", value: .max, limit: 65_536))
    }

    @Test func `a tensor count above the limit is refused`() {
        #expect(
            rule { $0.tensorCount = 1 << 40 }
                == .tooLarge(what: "tensor count", value: 1 << 40, limit: 1 << 20))
    }

    @Test func `counts that the file has no room for are refused before anything is allocated`() {
        #expect(
            rule { $0.metadataCount = 60_000 }
                == .truncated(what: "the metadata", needed: 780_000, available: 8))
        #expect(
            rule { $0.tensorCount = 1 << 20 }
                == .truncated(what: "the tensor descriptions", needed: 32 << 20, available: 8))
    }

    @Test func `a metadata key above the format's limit is refused`() {
        #expect(
            rule { $0.metadata = [(String(repeating: "k", count: 65_536), .uint8(0))] }
                == .tooLarge(what: "a metadata key", value: 65_536, limit: 65_535))
    }

    @Test func `a text longer than the limit is refused`() {
        #expect(
            rule { $0.metadata = [("k", .raw(type: 8, GGUFBuilder.bytes(UInt64(1) << 62)))] }
                == .tooLarge(what: "the text of metadata key \"k\"", value: 1 << 62, limit: 16 << 20))
    }

    @Test func `a text longer than the file is refused`() {
        #expect(
            rule { $0.metadata = [("k", .raw(type: 8, GGUFBuilder.bytes(UInt64(1 << 20))))] }
                == .truncated(what: "the text of metadata key \"k\"", needed: 1 << 20, available: 19))
    }

    @Test func `an array longer than the limit or the file is refused`() {
        func array(_ type: UInt32, _ count: UInt64) -> GGUFBuilder.Value {
            .raw(type: 9, GGUFBuilder.bytes(type) + GGUFBuilder.bytes(count))
        }
        let what = "the elements of metadata key \"k\""
        #expect(
            rule { $0.metadata = [("k", array(0, .max))] }
                == .tooLarge(what: what, value: .max, limit: 16 << 20))
        // A text takes at least the eight bytes of its length.
        #expect(
            rule { $0.metadata = [("k", array(8, 1 << 20))] }
                == .truncated(what: what, needed: 8 << 20, available: 15))
    }

    @Test func `arrays nested too deep are refused`() {
        func nested(_ depth: Int) -> GGUFBuilder.Value {
            depth == 1 ? .int32s([1]) : .array(type: 9, [nested(depth - 1)])
        }
        #expect(rule { $0.metadata = [("k", nested(4))] } == nil)
        #expect(rule { $0.metadata = [("k", nested(5))] } == .nestedTooDeep(key: "k", limit: 4))
    }

    @Test func `a header above the limit is refused`() {
        var builder = GGUFBuilder()
        builder.metadata = [("key", .string(String(repeating: "x", count: 1000)))]
        var limits = GGUFLimits()
        limits.headerByteCount = 500
        guard case .tooLarge(what: "a header", _, limit: 500) = rule(builder.bytes, limits: limits) else {
            Issue.record("not refused")
            return
        }
    }

    @Test func `invalid UTF-8 is refused in keys, texts and names`() {
        let bad = GGUFBuilder.bytes(UInt64(2)) + [0xC3, 0x28]
        #expect(
            rule { $0.metadata = [("k", .raw(type: 8, bad))] }
                == .invalidUTF8(what: "the text of metadata key \"k\""))
        #expect(
            rule {
                $0.metadata = [
                    ("k", .raw(type: 9, GGUFBuilder.bytes(UInt32(8)) + GGUFBuilder.bytes(UInt64(1)) + bad))
                ]
            } == .invalidUTF8(what: "the elements of metadata key \"k\""))
        var bytes = GGUFBuilder()
        bytes.metadata = [("kk", .uint8(0))]
        var damaged = bytes.bytes
        damaged[32] = 0xFF
        #expect(rule(damaged) == .invalidUTF8(what: "a metadata key"))
        bytes.metadata = []
        bytes.tensors = [tensor("tt")]
        damaged = bytes.bytes
        damaged[32] = 0xFF
        #expect(rule(damaged) == .invalidUTF8(what: "a tensor name"))
    }

    @Test func `an unknown value type is refused, in arrays too`() {
        #expect(rule { $0.metadata = [("k", .raw(type: 13, []))] } == .unknownValueType(13, key: "k"))
        #expect(
            rule { $0.metadata = [("k", .array(type: 99, []))] } == .unknownValueType(99, key: "k"))
    }

    @Test func `a boolean other than 0 and 1 is refused, in arrays too`() {
        #expect(rule { $0.metadata = [("k", .bool(2))] } == .invalidBoolean(2, key: "k"))
        #expect(
            rule { $0.metadata = [("k", .array(type: 7, [.bool(1), .bool(255)]))] }
                == .invalidBoolean(255, key: "k"))
    }

    @Test func `a key that stands twice is refused`() {
        #expect(rule { $0.metadata = [("k", .uint8(1)), ("k", .uint8(1))] } == .duplicateKey("k"))
    }

    @Test func `a tensor that stands twice is refused`() {
        #expect(rule { $0.tensors = [tensor("t"), tensor("t")] } == .duplicateTensor("t"))
    }

    @Test(
        arguments: [
            (.uint32(0), "0"), (.uint32(24), "24"), (.uint32(1 << 21), "2097152"), (.uint64(32), "32"),
            (.string("x"), "of type string"),
        ] as [(GGUFBuilder.Value, String)])
    func `an alignment that is no power of two in 32 bits is refused`(value: GGUFBuilder.Value, shown: String)
    {
        #expect(rule { $0.metadata = [("general.alignment", value)] } == .invalidAlignment(shown))
    }

    @Test func `a tensor with no or five dimensions is refused`() {
        #expect(rule { $0.tensors = [tensor("t", [])] } == .invalidRank(tensor: "t", rank: 0))
        #expect(
            rule { $0.tensors = [tensor("t", [1, 1, 1, 1, 4])] } == .invalidRank(tensor: "t", rank: 5))
    }

    @Test func `a dimension of zero is refused`() {
        #expect(rule { $0.tensors = [tensor("t", [0, 4])] } == .emptyDimension(tensor: "t"))
    }

    @Test func `sizes that overflow are refused: one dimension, the elements, the bytes`() {
        #expect(rule { $0.tensors = [tensor("t", [1 << 63])] } == .sizeOverflow(tensor: "t"))
        #expect(rule { $0.tensors = [tensor("t", [1 << 40, 1 << 40])] } == .sizeOverflow(tensor: "t"))
        #expect(rule { $0.tensors = [tensor("t", [1 << 31, 1 << 31])] } == .sizeOverflow(tensor: "t"))
    }

    @Test func `an unknown tensor type is refused by number`() {
        #expect(rule { $0.tensors = [tensor("t", type: 4)] } == .unknownTensorType(4, tensor: "t"))
        #expect(rule { $0.tensors = [tensor("t", type: 1000)] } == .unknownTensorType(1000, tensor: "t"))
    }

    @Test func `rows that are no whole blocks are refused`() {
        #expect(
            rule { $0.tensors = [tensor("t", [32, 33], type: 8)] }
                == .partialBlock(tensor: "t", rowLength: 33, type: .q8_0))
    }

    @Test func `an offset off the boundary is refused`() {
        #expect(
            rule { $0.tensors = [tensor(offset: 16)] } == .misalignedTensor("t", offset: 16, alignment: 32))
    }

    @Test func `a tensor beyond the end of the file is refused`() {
        #expect(
            rule { $0.tensors = [tensor("t", [16], byteCount: 32)] }
                == .tensorOutOfBounds("t", offset: 0, byteCount: 64, available: 32))
        #expect(
            rule { $0.tensors = [tensor(offset: .max - 31)] }
                == .tensorOutOfBounds("t", offset: .max - 31, byteCount: 16, available: 32))
    }

    @Test func `tensors that share bytes are refused`() {
        #expect(
            rule { $0.tensors = [tensor("a", [16], byteCount: 64), tensor("b", offset: 32)] }
                == .overlappingTensors("a", "b"))
    }
}
