import CheckpointIO
import JSONCore
import Platform
import TestSupport
import Testing

@Suite struct InspectionTests {
    private let directory: TemporaryDirectory
    init() throws { directory = try TemporaryDirectory() }

    private let tensors = [
        NamedTensor(name: "score.weight", shape: [2, 3], values: [1, 2, 3, 4, 5, 6]),
        NamedTensor(name: "a", shape: [1], values: [1]),
    ]

    private func expectTensors(_ inspection: Inspection) {
        #expect(inspection.json["schema_version"] == 1)
        #expect(inspection.json["tensor_count"] == 2)
        #expect(inspection.json["parameter_count"] == 7)
        #expect(
            inspection.json["tensors"]?.array?.last == [
                "name": "score.weight", "dtype": "F32", "shape": [2, 3], "bytes": 24,
            ])
        #expect(inspection.lines.contains { $0.contains("score.weight") && $0.contains("[2, 3]") })
    }

    @Test func `a safetensors file`() throws {
        let path = try directory.write(
            try SafetensorsWriter.encode(tensors, metadata: ["format": "pt"]), to: "f")
        let inspection = try Inspection.inspect(path: path)
        #expect(inspection.kind == .safetensors)
        #expect(inspection.json["metadata"] == ["format": "pt"])
        expectTensors(inspection)
    }

    @Test func `an APR file`() throws {
        let path = try directory.write(try APRWriter.encode(tensors, metadata: ["epoch": 3]), to: "f")
        let inspection = try Inspection.inspect(path: path)
        #expect(inspection.kind == .apr)
        #expect(inspection.json["metadata"]?["epoch"] == 3)
        #expect(inspection.json["checksum"]?["state"] == "valid")
        expectTensors(inspection)
    }

    @Test func `a checkpoint`() throws {
        try SampleCheckpoint.write(1, to: directory("best"))
        let inspection = try Inspection.inspect(path: directory("best"))
        #expect(inspection.kind == .checkpoint)
        #expect(inspection.json["valid"] == true)
        #expect(inspection.json["resumable"] == true)
        #expect(inspection.json["files"]?.array?.count == 5)
        #expect(inspection.json["tensor_count"] == 1)
    }

    @Test func `a damaged checkpoint is described with its problems`() throws {
        try SampleCheckpoint.write(1, to: directory("best"))
        try directory.write("x", to: "best/model.apr")
        let inspection = try Inspection.inspect(path: directory("best"))
        #expect(inspection.json["valid"] == false)
        #expect(inspection.json["problems"]?.array?.count == 1)
        #expect(inspection.lines.contains { $0.contains("model.apr") && $0.contains("has 1 bytes") })
    }

    @Test func `a model directory`() throws {
        try directory.write(try SafetensorsWriter.encode(tensors), to: "model.safetensors")
        try directory.write(#"{"model_type":"qwen2","hidden_size":8}"#, to: "config.json")
        let inspection = try Inspection.inspect(path: directory.path)
        #expect(inspection.kind == .model)
        #expect(inspection.json["config"]?["hidden_size"] == 8)
        #expect(inspection.lines.contains { $0.contains("model_type \"qwen2\"") })
        expectTensors(inspection)
    }

    @Test func `a directory of something else`() {
        let error = #expect(throws: FileError.self) { try Inspection.inspect(path: directory.path) }
        #expect(error?.problem as? CheckpointProblem == .unknownKind)
    }

    @Test func `a file of something else is an error that names it`() throws {
        let path = try directory.write("hello world, this is no model", to: "f")
        let error = #expect(throws: FileError.self) { try Inspection.inspect(path: path) }
        #expect(error?.description.hasPrefix(path) == true)
    }

    @Test func `a path where nothing exists`() {
        let error = #expect(throws: FileError.self) { try Inspection.inspect(path: directory("none")) }
        #expect(error?.isNotFound == true)
    }
}
