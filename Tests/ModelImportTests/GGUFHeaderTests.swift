import ModelImport
import Testing

@Suite("GGUF header")
struct GGUFHeaderTests {
    private func parse(_ builder: GGUFBuilder) throws -> GGUFHeader {
        try builder.bytes.withUnsafeBytes { try GGUFHeader.parse($0) }
    }

    @Test(arguments: [2, 3] as [UInt32])
    func `every value type reads back`(version: UInt32) throws {
        var builder = GGUFBuilder()
        builder.version = version
        builder.metadata = [
            ("u8", .uint8(200)), ("i8", .int8(-100)), ("u16", .uint16(60_000)), ("i16", .int16(-30_000)),
            ("u32", .uint32(4_000_000_000)), ("i32", .int32(-2_000_000_000)), ("f32", .float32(0.1)),
            ("yes", .bool(1)), ("no", .bool(0)), ("text", .string("naïve\0")), ("u64", .uint64(.max)),
            ("i64", .int64(.min)), ("f64", .float64(0.1)),
        ]
        let header = try parse(builder)
        #expect(header.version == Int(version))
        #expect(
            header.metadata.entries.map(\.value) == [
                .uint8(200), .int8(-100), .uint16(60_000), .int16(-30_000), .uint32(4_000_000_000),
                .int32(-2_000_000_000), .float32(0.1), .bool(true), .bool(false), .string("naïve\0"),
                .uint64(.max), .int64(.min), .float64(0.1),
            ])
        #expect(header.metadata["u16"]?.int == 60_000)
        #expect(header.metadata["u64"]?.int == nil)
        #expect(header.metadata["missing"] == nil)
    }

    @Test func `arrays read back, of scalars, texts and arrays`() throws {
        var builder = GGUFBuilder()
        builder.metadata = [
            ("texts", .strings(["", "Ġa", "é"])),
            ("numbers", .int32s([-1, 0, 7])),
            ("floats", .floats([0.5, -2])),
            ("empty", .array(type: 4, [])),
            ("nested", .array(type: 9, [.int32s([1]), .strings(["x"]), .array(type: 9, [])])),
        ]
        let metadata = try parse(builder).metadata
        #expect(metadata["texts"]?.array?.strings == ["", "Ġa", "é"])
        #expect(metadata["numbers"]?.array?.ints == [-1, 0, 7])
        #expect(metadata["floats"]?.array?.doubles == [0.5, -2])
        #expect(metadata["empty"]?.array?.count == 0)
        let nested = try #require(metadata["nested"]?.array)
        #expect(nested.count == 3)
        #expect(nested[0].array?.ints == [1])
        #expect(nested[1].array?.strings == ["x"])
    }

    @Test func `keys and tensor names are told apart by their bytes`() throws {
        var builder = GGUFBuilder()
        builder.metadata = [("\u{E9}", .uint8(1)), ("e\u{301}", .uint8(2))]
        builder.add("\u{E9}", [1], [1])
        builder.add("e\u{301}", [1], [2])
        let header = try parse(builder)
        #expect(header.metadata["e\u{301}"]?.int == 2)
        #expect(header.tensors.count == 2)
    }

    @Test
    func `tensors have their shape slowest first, and their bytes on the boundary the file names`() throws {
        var builder = GGUFBuilder()
        builder.alignment = 64
        builder.metadata = [("general.alignment", .uint32(64))]
        builder.add("first", [2, 3], [0, 1, 2, 3, 4, 5])
        builder.tensors.append(
            .init(name: "second", shape: [2, 32], type: 8, bytes: [UInt8](repeating: 1, count: 68)))
        let header = try parse(builder)
        #expect(header.alignment == 64)
        #expect(header.dataOffset % 64 == 0)
        #expect(header.tensors.map(\.shape) == [[2, 3], [2, 32]])
        #expect(header.tensors.map(\.type) == [.f32, .q8_0])
        #expect(header.tensors.map(\.byteCount) == [24, 68])
        #expect(header.tensors.map(\.offset) == [header.dataOffset, header.dataOffset + 64])
        #expect(header.tensors[1].rowByteCount == 34)
    }

    @Test func `a file without metadata and tensors is one`() throws {
        let header = try parse(GGUFBuilder())
        #expect(header.tensors.isEmpty && header.metadata.entries.isEmpty)
    }

    @Test func `the sizes of the types are those of the gguf package's table`() {
        // GGML_QUANT_SIZES of gguf 0.19.0: number, elements of a block, bytes of a block.
        let table: [(UInt32, Int, Int)] = [
            (0, 1, 4), (1, 1, 2), (2, 32, 18), (3, 32, 20), (6, 32, 22), (7, 32, 24), (8, 32, 34),
            (9, 32, 40),
            (10, 256, 84), (11, 256, 110), (12, 256, 144), (13, 256, 176), (14, 256, 210), (15, 256, 292),
            (16, 256, 66), (17, 256, 74), (18, 256, 98), (19, 256, 50), (20, 32, 18), (21, 256, 110),
            (22, 256, 82),
            (23, 256, 136), (24, 1, 1), (25, 1, 2), (26, 1, 4), (27, 1, 8), (28, 1, 8), (29, 256, 56),
            (30, 1, 2),
            (34, 256, 54), (35, 256, 66), (39, 32, 17), (40, 64, 36), (41, 128, 18),
        ]
        #expect(GGUFTensorType.allCases.map(\.rawValue) == table.map(\.0))
        for (number, length, byteCount) in table {
            let type = GGUFTensorType(rawValue: number)
            #expect(type?.blockLength == length && type?.blockByteCount == byteCount, "type \(number)")
        }
        #expect(GGUFTensorType.q4_K.name == "Q4_K")
        #expect(GGUFTensorType.iq2_XXS.name == "IQ2_XXS")
    }
}
