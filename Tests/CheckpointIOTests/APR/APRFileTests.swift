import CheckpointIO
import JSONCore
import Platform
import TestSupport
import Testing

@Suite struct APRFileTests {
    private let directory: TemporaryDirectory
    init() throws { directory = try TemporaryDirectory() }

    private func open(_ bytes: [UInt8]) throws -> APRFile {
        try APRFile(path: try directory.write(bytes, to: "file.apr"))
    }

    private let tensors = [
        NamedTensor(name: "score.weight", shape: [2, 3], values: [1, 2, 3, 4, 5, -6]),
        NamedTensor(name: "lora.0.q_proj.lora_a", shape: [1], values: [0.5]),
        NamedTensor(name: "é", shape: [1, 1, 1, 1, 1, 1, 1, 17], values: (0..<17).map(Float.init)),
        NamedTensor(name: "empty", shape: [0], values: []),
    ]

    @Test func `the smallest worked example is read`() throws {
        #expect(APRGolden.smallest.count == 260)
        let file = try open(APRGolden.smallest)
        #expect(file.headerChecksum == 0x73EA_AD9F)
        #expect(file.footerChecksum == 0x35B1_307D)
        #expect(file.metadata == ["epoch": 0])
        #expect(file.orderedNames == ["w"])
        #expect(try file.tensor("w").shape == [2, 2])
        #expect(try file.floats(of: "w") == [1, 2, 3, 4])
    }

    @Test func `the complete worked example is written byte for byte`() throws {
        let tensor = NamedTensor(name: "w", shape: [2, 2], values: [1, 2, 3, 4])
        let bytes = try APRWriter.encode([tensor], metadata: ["epoch": 0])
        #expect(bytes.count == 836)
        #expect(bytes == APRGolden.complete)
        #expect(try open(bytes).headerChecksum == 0xEEE0_B00B)
    }

    @Test func `what is written is read back equal`() throws {
        let metadata: JSONObject = [
            "zeta": ["nested": [1, 2.5, "x"]], "architecture": "Qwen2ForSequenceClassification",
            "alpha": true,
            "hidden_size": 896,
        ]
        let file = try open(try APRWriter.encode(tensors, metadata: metadata))
        for member in metadata.members { #expect(file.metadata[member.key] == member.value) }
        #expect(file.tensors.count == tensors.count)
        for tensor in tensors {
            #expect(try file.tensor(tensor.name).shape == tensor.shape)
            #expect(try file.floats(of: tensor.name) == tensor.values)
            #expect(try file.tensor(tensor.name).byteRange.lowerBound % 64 == 0)
        }
        #expect(file.file.byteCount % 64 == 4)
    }

    @Test func `documented keys come first in their order, then the others by name`() throws {
        let file = try open(try APRWriter.encode([], metadata: ["b": 1, "a": 2, "rms_norm_eps": 1e-6]))
        let keys = file.metadata.keys
        #expect(keys.first == "model_type")
        #expect(keys.count == 35)
        #expect(Array(keys.suffix(3)) == ["moe_intermediate_size", "a", "b"])
        #expect(file.metadata["license"] == .null)
    }

    @Test func `the order of the arguments does not matter`() throws {
        let left = try APRWriter.encode(tensors, metadata: ["a": 1, "b": 2])
        let right = try APRWriter.encode(tensors.reversed(), metadata: ["b": 2, "a": 1])
        #expect(left == right)
    }

    @Test func `a file without tensors is header, metadata and footer`() throws {
        let bytes = try APRWriter.encode([])
        let file = try open(bytes)
        #expect(file.tensors.isEmpty)
        #expect(bytes.count == 64 + 640 + 4)
    }

    @Test func `fp16 and bf16 are widened to fp32`() throws {
        let image = APRImage(tensors: [
            .init(name: "b", dtype: 30, shape: [2], size: 4, payload: [0x80, 0x3F, 0x20, 0xC0]),
            .init(name: "h", dtype: 1, shape: [2], size: 4, payload: [0x00, 0x3C, 0x00, 0xC1]),
        ])
        let file = try open(image.bytes)
        #expect(try file.floats(of: "b") == [1, -2.5])
        #expect(try file.floats(of: "h") == [1, -2.5])
    }

    @Test(arguments: [
        (3, 16), (4, 8), (5, 16), (6, 2), (7, 2), (8, 18), (9, 6), (12, 144), (14, 210), (128, 18), (129, 6),
    ])
    func `other types are listed and not read as floats`(code: Int, size: Int) throws {
        let image = APRImage(tensors: [.init(name: "t", dtype: UInt8(code), shape: [2], size: size)])
        let file = try open(image.bytes)
        #expect(try file.tensor("t").byteRange.count == size)
        let error = #expect(throws: FileError.self) { try file.floats(of: "t") }
        guard case .notFloatingPoint(name: "t", _)? = error?.problem as? TensorProblem else {
            Issue.record("another error")
            return
        }
    }

    @Test func `payloads need not lie in the order of the index`() throws {
        var image = APRImage(tensors: [
            .init(name: "a", dtype: 0, shape: [1], size: 4, payload: [0, 0, 0x80, 0x3F]),
            .init(name: "b", dtype: 0, shape: [1], size: 4, payload: [0, 0, 0, 0x40]),
        ])
        image.tensors[0].offset = 64
        image.tensors[1].offset = 0
        let file = try open(image.bytes)
        #expect(try file.floats(of: "a") == [1])
        #expect(try file.floats(of: "b") == [2])
    }

    @Test func `the last value of a metadata key given twice counts`() throws {
        let file = try open(APRImage(metadata: #"{"hidden_size":null,"hidden_size":896}"#).bytes)
        #expect(file.metadata["hidden_size"] == 896)
        #expect(file.metadata.count == 1)
    }

    @Test(arguments: [0x0400, 0x0000, 0x0408, 0x0420, 0x04C0, 0x0700])
    func `flags that only inform are accepted`(flags: Int) throws {
        var image = APRImage()
        image.flags = UInt16(flags)
        #expect(try open(image.bytes).flags == UInt16(flags))
    }

    @Test func `writing what the format cannot hold is refused`() throws {
        let cases: [(NamedTensor, TensorProblem)] = [
            (NamedTensor(name: "s", shape: [], values: [1]), .invalidShape(name: "s", shape: [])),
            (
                NamedTensor(name: "n", shape: [Int](repeating: 1, count: 9), values: [1]),
                .invalidShape(name: "n", shape: [Int](repeating: 1, count: 9))
            ),
            (NamedTensor(name: "", shape: [1], values: [1]), .invalidName(name: "")),
            (
                NamedTensor(name: String(repeating: "x", count: 257), shape: [1], values: [1]),
                .invalidName(name: String(repeating: "x", count: 257))
            ),
            (NamedTensor(name: "c", shape: [2], values: [1]), .elementCount(name: "c", expected: 2, got: 1)),
            (NamedTensor(name: "m", shape: [-1], values: []), .invalidShape(name: "m", shape: [-1])),
        ]
        for (tensor, problem) in cases {
            let error = #expect(throws: FileError.self) { try APRWriter.encode([tensor]) }
            #expect(error?.problem as? TensorProblem == problem)
        }
    }

    @Test func `writing a documented key of the wrong type is refused`() throws {
        let error = #expect(throws: FileError.self) {
            try APRWriter.encode([], metadata: ["hidden_size": "896"])
        }
        #expect(
            error?.problem as? APRProblem
                == .metadataType(key: "hidden_size", expected: "a number", got: "a string"))
    }
}
