import CheckpointIO
import Platform
import TestSupport
import Testing

@Suite struct SafetensorsWriterTests {
    private let directory: TemporaryDirectory
    init() throws { directory = try TemporaryDirectory() }

    private let tensors = [
        NamedTensor(name: "b", shape: [2], values: [1, 2]),
        NamedTensor(name: "a", shape: [1, 2], values: [3, 4]),
        NamedTensor(name: "é", shape: [], values: [5]),
        NamedTensor(name: "empty", shape: [0, 4], values: []),
    ]

    @Test func `the bytes are those of the Python library`() throws {
        // safetensors.numpy.save({"b": float32 [1, 2], "a": float32 [[3, 4]]}, {"format": "pt"})
        let header =
            #"{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"#
            + #""b":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}"#
        let padded = header + String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
        var expected = withUnsafeBytes(of: UInt64(padded.utf8.count).littleEndian) { Array($0) }
        expected += Array(padded.utf8)
        for value: Float in [3, 4, 1, 2] {
            expected += withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }
        }
        #expect(try SafetensorsWriter.encode(Array(tensors[..<2]), metadata: ["format": "pt"]) == expected)
    }

    @Test func `what is written is read back equal`() throws {
        let path = try directory.write(
            try SafetensorsWriter.encode(tensors, metadata: ["format": "pt", "x": "\n"]), to: "f")
        let file = try SafetensorsFile(path: path)
        #expect(file.metadata == ["format": "pt", "x": "\n"])
        #expect(file.tensors.count == tensors.count)
        for tensor in tensors {
            #expect(try file.tensor(tensor.name).shape == tensor.shape)
            #expect(try file.floats(of: tensor.name) == tensor.values)
        }
    }

    @Test func `the order of the arguments does not matter`() throws {
        #expect(try SafetensorsWriter.encode(tensors) == SafetensorsWriter.encode(tensors.reversed()))
    }

    @Test func `payloads are asked for by type, widest first, then by name`() throws {
        let declarations = DType.allCases.flatMap { dtype in
            ["z", "a"].map { TensorDeclaration(name: "\($0).\(dtype.rawValue)", dtype: dtype, shape: [2]) }
        }
        var sink = MemorySink()
        var order: [String] = []
        try SafetensorsWriter.write(declarations, to: &sink) { declaration, sink in
            order.append(declaration.name)
            try sink.write([UInt8](repeating: 7, count: 2 * declaration.dtype.byteCount))
        }
        // The order in which the Python library lays out the same tensors.
        let types = [
            "U64", "I64", "F64", "F32", "U32", "I32", "BF16", "F16", "U16", "I16", "I8", "U8", "BOOL",
        ]
        #expect(order == types.flatMap { ["a.\($0)", "z.\($0)"] })
        let file = try SafetensorsFile(path: try directory.write(sink.bytes, to: "f"))
        #expect(file.orderedNames == order)
    }

    @Test func `a payload that does not fill its shape is refused`() throws {
        var sink = MemorySink()
        let error = #expect(throws: FileError.self) {
            try SafetensorsWriter.write(
                [TensorDeclaration(name: "t", dtype: .bfloat16, shape: [3])], to: &sink
            ) {
                try $1.write([1, 2, 3, 4] as [UInt8])
            }
        }
        #expect(error?.problem as? TensorProblem == .payloadSize(name: "t", expected: 6, got: 4))
    }

    @Test func `values that do not fill their shape are refused`() throws {
        let error = #expect(throws: FileError.self) {
            try SafetensorsWriter.encode([NamedTensor(name: "t", shape: [2], values: [1])])
        }
        #expect(error?.problem as? TensorProblem == .elementCount(name: "t", expected: 2, got: 1))
    }

    @Test func `a name given twice is refused`() throws {
        let twice = [
            NamedTensor(name: "t", shape: [0], values: []), NamedTensor(name: "t", shape: [0], values: []),
        ]
        let error = #expect(throws: FileError.self) { try SafetensorsWriter.encode(twice) }
        #expect(error?.problem as? TensorProblem == .duplicateName(name: "t"))
    }

    @Test(arguments: ["", "__metadata__"])
    func `a reserved name is refused`(name: String) throws {
        let error = #expect(throws: FileError.self) {
            try SafetensorsWriter.encode([NamedTensor(name: name, shape: [0], values: [])])
        }
        #expect(error?.problem as? TensorProblem == .invalidName(name: name))
    }

    @Test func `bfloat16 is rounded to nearest even`() throws {
        var sink = MemorySink()
        try sink.writeBFloat16([
            1, Float(bitPattern: 0x3F80_8000), Float(bitPattern: 0x3F81_8000), .nan, -.infinity,
        ])
        let bits = stride(from: 0, to: sink.bytes.count, by: 2).map {
            UInt16(sink.bytes[$0]) | UInt16(sink.bytes[$0 + 1]) << 8
        }
        #expect(bits == [0x3F80, 0x3F80, 0x3F82, 0x7FC0, 0xFF80])
    }
}
