import CheckpointIO
import JSONCore
import Platform
import TestSupport
import Testing

/// What a good file gives.
@Suite struct SafetensorsFileTests {
    private let directory: TemporaryDirectory
    init() throws { directory = try TemporaryDirectory() }

    private func open(_ bytes: [UInt8]) throws -> SafetensorsFile {
        try SafetensorsFile(path: try directory.write(bytes, to: "file.safetensors"))
    }

    @Test func `tensors, metadata and their order are read`() throws {
        let header =
            "{\"__metadata__\":{\"format\":\"pt\"},"
            + SafetensorsBuilder.entry("b", "F32", "[2,1]", 4, 12) + ","
            + SafetensorsBuilder.entry("a", "U8", "[4]", 0, 4) + "}"
        let file = try open(SafetensorsBuilder.file(header, data: 12))
        #expect(file.metadata == ["format": "pt"])
        #expect(file.orderedNames == ["a", "b"])
        let tensor = try file.tensor("b")
        #expect(tensor.dtype == .float32)
        #expect(tensor.shape == [2, 1])
        #expect(tensor.elementCount == 2)
        let bytes = try file.withBytes(of: "b") { Array($0) }
        #expect(bytes == [5, 6, 7, 8, 9, 10, 11, 12])
    }

    @Test func `an empty header is a file without tensors`() throws {
        let file = try open(SafetensorsBuilder.file("{}      ", data: 0))
        #expect(file.tensors.isEmpty)
    }

    @Test func `a scalar and a tensor without elements are read`() throws {
        let header =
            "{" + SafetensorsBuilder.entry("s", "F32", "[]", 0, 4) + ","
            + SafetensorsBuilder.entry("z", "F32", "[3,0]", 4, 4) + "}"
        let file = try open(SafetensorsBuilder.file(header, data: 4))
        #expect(try file.floats(of: "s").count == 1)
        #expect(try file.floats(of: "z").isEmpty)
    }

    @Test func `floats of every floating type are widened exactly`() throws {
        // Each row: the same five numbers 1, -2.5, 0, infinity, and the type's smallest positive one.
        let rows: [(DType, [UInt64], Float)] = [
            (.float32, [0x3F80_0000, 0xC020_0000, 0, 0x7F80_0000, 1], 0x1p-149),
            (.float16, [0x3C00, 0xC100, 0, 0x7C00, 1], 0x1p-24),
            (.bfloat16, [0x3F80, 0xC020, 0, 0x7F80, 1], 0x1p-133),
            (
                .float64, [0x3FF0_0000_0000_0000, 0xC004_0000_0000_0000, 0, 0x7FF0_0000_0000_0000, 1], 0
            ),
        ]
        for (dtype, bits, smallest) in rows {
            let width = dtype.byteCount
            let header = "{" + SafetensorsBuilder.entry("t", dtype.rawValue, "[5]", 0, 5 * width) + "}"
            var bytes = SafetensorsBuilder.file(header, data: 0)
            for value in bits {
                bytes += (0..<width).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
            }
            #expect(try open(bytes).floats(of: "t") == [1, -2.5, 0, .infinity, smallest], "\(dtype)")
        }
    }

    @Test func `every half-precision number is widened as the hardware does`() throws {
        let header = "{" + SafetensorsBuilder.entry("t", "F16", "[65536]", 0, 131_072) + "}"
        var bytes = SafetensorsBuilder.file(header, data: 0)
        for bits in UInt16.min...UInt16.max {
            bytes += [UInt8(truncatingIfNeeded: bits), UInt8(truncatingIfNeeded: bits >> 8)]
        }
        let floats = try open(bytes).floats(of: "t")
        #if !(os(macOS) && arch(x86_64))
            for bits in UInt16.min...UInt16.max {
                let expected = Float(Float16(bitPattern: bits))
                let got = floats[Int(bits)]
                #expect(got.isNaN ? expected.isNaN : got == expected && got.sign == expected.sign)
            }
        #endif
    }

    @Test func `reading into memory of the wrong size is refused`() throws {
        let file = try open(
            SafetensorsBuilder.file("{" + SafetensorsBuilder.entry("t", "F32", "[2]", 0, 8) + "}", data: 8))
        var memory = [Float](repeating: 0, count: 3)
        let error = #expect(throws: FileError.self) {
            try memory.withUnsafeMutableBufferPointer { try file.read("t", into: $0) }
        }
        #expect(error?.problem as? TensorProblem == .elementCount(name: "t", expected: 3, got: 2))
    }

    @Test func `integers are not read as floats`() throws {
        let file = try open(
            SafetensorsBuilder.file("{" + SafetensorsBuilder.entry("t", "I32", "[2]", 0, 8) + "}", data: 8))
        let error = #expect(throws: FileError.self) { try file.floats(of: "t") }
        #expect(error?.problem as? TensorProblem == .notFloatingPoint(name: "t", dtype: "I32"))
    }

    @Test func `a missing tensor is named`() throws {
        let file = try open(SafetensorsBuilder.file("{}", data: 0))
        let error = #expect(throws: FileError.self) { try file.floats(of: "nothing") }
        #expect(error?.problem as? TensorProblem == .missing(name: "nothing"))
    }

    @Test func `the mapping survives the file being replaced`() throws {
        let file = try open(
            SafetensorsBuilder.file("{" + SafetensorsBuilder.entry("t", "U8", "[3]", 0, 3) + "}", data: 3))
        try AtomicFile.write([0], to: directory("file.safetensors"))
        #expect(try file.withBytes(of: "t") { Array($0) } == [1, 2, 3])
    }
}
