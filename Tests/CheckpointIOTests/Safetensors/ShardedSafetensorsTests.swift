import CheckpointIO
import Platform
import TestSupport
import Testing

@Suite struct ShardedSafetensorsTests {
    private let directory: TemporaryDirectory
    init() throws { directory = try TemporaryDirectory() }

    private let indexName = "model.safetensors.index.json"

    private func shard(_ name: String, _ tensors: [(String, Float)]) throws {
        let bytes = try SafetensorsWriter.encode(
            tensors.map { NamedTensor(name: $0.0, shape: [1], values: [$0.1]) })
        try directory.write(bytes, to: name)
    }

    private func open() throws -> ShardedSafetensors { try ShardedSafetensors(directory: directory.path) }

    private func problem() -> ShardIndexProblem? {
        let error = #expect(throws: FileError.self) { try open() }
        guard let problem = error?.problem as? ShardIndexProblem else { return nil }
        return problem
    }

    @Test func `one file is read`() throws {
        try shard("model.safetensors", [("a", 1)])
        let model = try open()
        #expect(model.weightFiles == [directory("model.safetensors")])
        #expect(try model.floats(of: "a") == [1])
    }

    @Test func `shards are read as one model`() throws {
        try shard("model-00001-of-00002.safetensors", [("b", 1), ("hidden", 9)])
        try shard("model-00002-of-00002.safetensors", [("a", 2)])
        try directory.write(
            #"{"metadata":{"total_size":8},"weight_map":{"a":"model-00002-of-00002.safetensors","#
                + #""b":"model-00001-of-00002.safetensors"}}"#, to: indexName)
        let model = try open()
        #expect(model.orderedNames == ["b", "a"])
        #expect(try model.floats(of: "a") == [2])
        #expect(try model.floats(of: "b") == [1])
        #expect(model.tensors["hidden"] == nil)
        #expect(model.weightFiles.count == 2)
    }

    @Test func `a shard may be a link, as in a HuggingFace cache`() throws {
        let other = try TemporaryDirectory()
        let bytes = try SafetensorsWriter.encode([NamedTensor(name: "a", shape: [1], values: [3])])
        let blob = try other.write(bytes, to: "blob")
        #expect(symlink(blob, directory("one.safetensors")) == 0)
        try directory.write(#"{"weight_map":{"a":"one.safetensors"}}"#, to: indexName)
        #expect(try open().floats(of: "a") == [3])
    }

    @Test(arguments: [
        "../secret.safetensors", "/etc/passwd", "sub/one.safetensors", "..", ".", "", "a\\b", "one\u{0}",
    ])
    func `an entry that points outside the directory`(entry: String) throws {
        let escaped = entry.replacing("\\", with: "\\\\").replacing("\u{0}", with: "\\u0000")
        try directory.write("{\"weight_map\":{\"a\":\"\(escaped)\"}}", to: indexName)
        #expect(problem() == .outsideDirectory(tensor: "a", entry: entry))
    }

    @Test func `an index that is not JSON`() throws {
        try directory.write("{", to: indexName)
        guard case .notJSON = problem() else {
            Issue.record("another error")
            return
        }
    }

    @Test(arguments: ["{}", "[]", #"{"weight_map":[]}"#])
    func `an index without weight map`(text: String) throws {
        try directory.write(text, to: indexName)
        #expect(problem() == .invalidMember("weight_map", expected: "an object"))
    }

    @Test func `an index of nothing`() throws {
        try directory.write(#"{"weight_map":{}}"#, to: indexName)
        #expect(problem() == .empty)
    }

    @Test func `an index entry that is not a string`() throws {
        try directory.write(#"{"weight_map":{"a":1}}"#, to: indexName)
        #expect(problem() == .invalidMember("the shard of \"a\"", expected: "a string"))
    }

    @Test func `a tensor that its shard does not hold`() throws {
        try shard("one.safetensors", [("b", 1)])
        try directory.write(#"{"weight_map":{"a":"one.safetensors"}}"#, to: indexName)
        #expect(problem() == .missingTensor(name: "a", shard: "one.safetensors"))
    }

    @Test func `a shard that is missing`() throws {
        try directory.write(#"{"weight_map":{"a":"one.safetensors"}}"#, to: indexName)
        let error = #expect(throws: FileError.self) { try open() }
        #expect(error?.isNotFound == true)
        #expect(error?.path == directory("one.safetensors"))
    }

    @Test func `too many shards`() throws {
        let entries = (0..<4097).map { "\"t\($0)\":\"s\($0)\"" }.joined(separator: ",")
        try directory.write("{\"weight_map\":{\(entries)}}", to: indexName)
        #expect(problem() == .tooManyShards(4097, limit: 4096))
    }

    @Test func `a directory without weights`() throws {
        let error = #expect(throws: FileError.self) { try open() }
        #expect(
            error?.problem as? CheckpointProblem
                == .nothingToRead(expected: ["model.safetensors", indexName]))
    }
}
