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
        try shard("one.safetensors", [("a", 1)])
        try directory.write(
            #"{"weight_map":{"a":"one.safetensors","b":"two.safetensors","c":"three.safetensors"}}"#,
            to: indexName)
        #expect(problem() == .missingShards(["three.safetensors", "two.safetensors"]))
    }

    @Test(arguments: [
        ("pytorch_model.bin", ForeignWeights.Form.pickle, "save_pretrained writes safetensors"),
        ("pytorch_model.bin.index.json", .pickle, "save_pretrained writes safetensors"),
        ("consolidated.00.pth", .pickle, "save_pretrained writes safetensors"),
        ("consolidated.safetensors", .consolidated, "fetch model.safetensors"),
        ("model-00001-of-00002.safetensors", .shards, "fetch the index"),
        ("tf_model.h5", .otherFramework, "from_tf=True"),
        ("flax_model.msgpack", .otherFramework, "from_flax=True"),
        ("model-q4.gguf", .gguf, "import the GGUF file"),
        ("model.onnx", .onnx, "fetch the model in safetensors"),
    ])
    func `weights in another form are named with what to do`(
        name: String, form: ForeignWeights.Form, remedy: String
    ) throws {
        try directory.write("{}", to: "config.json")
        try directory.write("x", to: name)
        let error = #expect(throws: FileError.self) { try open() }
        #expect((error?.problem as? ForeignWeights)?.form == form)
        #expect(error?.fact.contains(name) == true && error?.remedy.contains(remedy) == true)
    }

    @Test func `a Git LFS pointer is no file of any format`() throws {
        let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12345\n"
        for name in ["model.safetensors", "adapter_config.json", "model.apr"] {
            try directory.write(pointer, to: name)
        }
        for read in [
            { _ = try open() }, { _ = try AdapterConfig(directory: directory.path) },
            { _ = try APRFile(path: directory("model.apr")) },
        ] as [() throws -> Void] {
            let error = #expect(throws: FileError.self) { try read() }
            #expect(error?.problem as? FileProblem == .gitLFSPointer)
            #expect(error?.description.contains("run git lfs pull") == true)
        }
        // A long file that begins so is something else.
        try directory.write(pointer + String(repeating: "x", count: 2000), to: "model.safetensors")
        let error = #expect(throws: FileError.self) { try open() }
        #expect(error?.problem is SafetensorsProblem)
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity])
    func `a number that is none is found and named`(value: Float) throws {
        try shard("model.safetensors", [("a", 1), ("b", value), ("c", Float.greatestFiniteMagnitude)])
        let model = try open()
        try model.checkFinite(["a", "c"])
        let error = #expect(throws: FileError.self) { try model.checkFinite(["a", "b", "c"]) }
        #expect(error?.problem as? TensorProblem == .notFinite(name: "b"))
        #expect(error?.path == directory("model.safetensors"))
    }

    @Test func `the largest numbers of fp32 are finite there and not in bfloat16`() {
        func isFinite(_ value: Float, asBFloat16: Bool) -> Bool {
            [0, value, -1].withUnsafeBufferPointer { $0.isFinite(asBFloat16: asBFloat16) }
        }
        let largest = Float(bitPattern: 0x7F7F_0000)
        for value in [largest, -largest, Float(bitPattern: 0x7F7F_7FFF)] {
            #expect(isFinite(value, asBFloat16: true) && isFinite(value, asBFloat16: false))
        }
        for value in [Float.greatestFiniteMagnitude, Float(bitPattern: 0xFF7F_8000)] {
            #expect(!isFinite(value, asBFloat16: true) && isFinite(value, asBFloat16: false))
        }
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
