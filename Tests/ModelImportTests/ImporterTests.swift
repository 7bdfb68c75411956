import CheckpointIO
import JSONCore
import ModelImport
import Platform
import Synchronization
import TestSupport
import Testing

@Suite("Import of a GGUF file")
struct ImporterTests {
    private let directory: TemporaryDirectory
    private var output: String { directory("out") }

    init() throws { directory = try TemporaryDirectory() }

    private func source(_ builder: GGUFBuilder = TinyModel.builder(), _ name: String = "tiny.gguf") throws
        -> String
    {
        try directory.write(builder.bytes, to: name)
    }

    private func json(_ name: String) throws -> JSONValue {
        try JSONParser.parse(directory.read("out/\(name)"))
    }

    @Test func `a model becomes a directory with every file`() throws {
        let summary = try GGUFImporter(source: try source()).run(into: output)
        let names = [
            "README.md", "apr_import.json", "config.json", "generation_config.json", "model.safetensors",
            "tokenizer.json", "tokenizer_config.json",
        ]
        #expect(try Directory.names(in: output) == names)
        #expect(summary.files.sorted() == names)
        #expect(summary.tensorCount == 11)
        #expect(summary.parameterCount == 10 * 8 + 8 + 64 + 32 + 32 + 64 + 8 + 3 * 96 + 8)
        #expect(summary.tensorTypes == ["F32": 11])
        #expect(summary.warnings.isEmpty)
        #expect(try directory.names() == ["out", "tiny.gguf"])
        let readme = String(decoding: try directory.read("out/README.md"), as: UTF8.self)
        #expect(readme.hasPrefix("---\nlicense: apache-2.0\n---\n"))
        #expect(readme.contains(summary.sourceSHA256) && readme.contains("tiny.gguf"))
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity])
    func `a number that is none is an error that names its tensor`(number: Float) throws {
        for name in ["token_embd.weight", "blk.0.attn_q.weight", "output_norm.weight"] {
            var builder = TinyModel.builder()
            let index = try #require(builder.tensors.firstIndex { $0.name == name })
            builder.tensors[index].bytes.replaceSubrange(12..<16, with: GGUFBuilder.bytes(number))
            let source = try source(builder)
            #expect(throws: ImportError(.notFinite(tensor: name), path: source)) {
                try GGUFImporter(source: source).run(into: output)
            }
            #expect(try directory.names() == ["tiny.gguf"])
        }
    }

    @Test func `a number that bfloat16 cannot hold is no infinity`() throws {
        var builder = TinyModel.builder()
        builder.tensors[0].bytes.replaceSubrange(
            12..<16, with: GGUFBuilder.bytes(Float.greatestFiniteMagnitude))
        let source = try source(builder)
        #expect(throws: ImportError.self) {
            try GGUFImporter(source: source).run(into: output, dtype: .bfloat16)
        }
        _ = try GGUFImporter(source: source).run(into: output)
    }

    @Test func `Llama's interleaved query and key rows are put back, others keep their order`() throws {
        _ = try GGUFImporter(source: try source()).run(into: output)
        let file = try SafetensorsFile(path: output.appendingComponent("model.safetensors"))
        func firstColumn(_ name: String) throws -> [Float] {
            let values = try file.floats(of: name)
            return stride(from: 0, to: values.count, by: 8).map { (values[$0] - values[0]) / 8 }
        }
        #expect(try firstColumn("model.layers.0.self_attn.q_proj.weight") == [0, 2, 1, 3, 4, 6, 5, 7])
        #expect(try firstColumn("model.layers.0.self_attn.k_proj.weight") == [0, 2, 1, 3])
        #expect(try firstColumn("model.layers.0.self_attn.v_proj.weight") == [0, 1, 2, 3])
        #expect(try file.tensor("model.embed_tokens.weight").shape == [10, 8])
        #expect(file.metadata == ["format": "pt"])
    }

    @Test(arguments: ["qwen2", "qwen3"])
    func `Qwen's rows keep their order`(architecture: String) throws {
        _ = try GGUFImporter(source: try source(TinyModel.builder(architecture, output: true))).run(
            into: output)
        let file = try SafetensorsFile(path: output.appendingComponent("model.safetensors"))
        let queries = try file.floats(of: "model.layers.0.self_attn.q_proj.weight")
        #expect(queries == queries.sorted())
        #expect(file.tensors["lm_head.weight"]?.shape == [10, 8])
        let extra =
            architecture == "qwen2"
            ? ["self_attn.k_proj.bias", "self_attn.q_proj.bias", "self_attn.v_proj.bias"]
            : ["self_attn.k_norm.weight", "self_attn.q_norm.weight"]
        #expect(extra.allSatisfy { file.tensors["model.layers.0.\($0)"]?.shape.count == 1 })
        #expect(try json("config.json")["tie_word_embeddings"] == false)
    }

    @Test func `bfloat16 is written when asked for`() throws {
        let summary = try GGUFImporter(source: try source()).run(into: output, dtype: .bfloat16)
        #expect(summary.dtype == .bfloat16)
        let file = try SafetensorsFile(path: output.appendingComponent("model.safetensors"))
        #expect(file.tensors.values.allSatisfy { $0.dtype == .bfloat16 })
        // 10,001 is halfway between neighbours 64 apart; 10,000 + i rounds to a multiple of 64.
        #expect(
            try file.floats(of: "model.norm.weight").allSatisfy {
                $0.truncatingRemainder(dividingBy: 64) == 0
            })
        #expect(try json("config.json")["dtype"] == "bfloat16")
    }

    @Test func `progress counts up to the whole of both phases`() throws {
        let seen = Mutex<[ImportProgress]>([])
        _ = try GGUFImporter(source: try source()).run(into: output) { step in
            seen.withLock { $0.append(step) }
        }
        let steps = seen.withLock(\.self)
        for phase in [ImportProgress.Phase.hashing, .converting] {
            let done = steps.filter { $0.phase == phase }
            #expect(done.map(\.bytesDone) == done.map(\.bytesDone).sorted())
            #expect(done.last.map { $0.bytesDone == $0.bytesTotal } == true)
        }
    }

    @Test
    func `a finished import is recognised, and a changed source, precision or file is noticed`() throws {
        let path = try source()
        func isUpToDate(_ dtype: ImportDType = .float32) throws -> Bool {
            try GGUFImporter.isUpToDate(source: path, directory: output, dtype: dtype)
        }
        #expect(try !isUpToDate())
        _ = try GGUFImporter(source: path).run(into: output)
        #expect(try isUpToDate())
        #expect(try !isUpToDate(.bfloat16))
        let config = try directory.read("out/config.json")
        try directory.write("{}", to: "out/config.json")
        #expect(try !isUpToDate())
        try directory.write(config, to: "out/config.json")
        #expect(try isUpToDate())
        var other = TinyModel.builder()
        other.set("general.name", .string("Tine"))
        try directory.write(other.bytes, to: "tiny.gguf")
        #expect(try !isUpToDate())
    }

    @Test func `an earlier import is replaced only when asked for`() throws {
        let path = try source()
        _ = try GGUFImporter(source: path).run(into: output)
        #expect(throws: ImportError(.outputExists, path: output)) {
            try GGUFImporter(source: path).run(into: output)
        }
        try directory.write("old", to: "out/LICENSE")
        _ = try GGUFImporter(source: path).run(into: output, dtype: .bfloat16, overwrite: true)
        #expect(try json("config.json")["dtype"] == "bfloat16")
        #expect(try !Directory.names(in: output).contains("LICENSE"))
    }

    @Test func `an empty directory is used, and missing parents are made`() throws {
        let path = try source()
        try directory.makeDirectory("out")
        _ = try GGUFImporter(source: path).run(into: output)
        _ = try GGUFImporter(source: path).run(into: directory("a/b/c/"))
        #expect(try directory.read("a/b/c/config.json") == directory.read("out/config.json"))
    }

    @Test func `what a killed import left beside the directory is removed, other leftovers are not`() throws {
        let path = try source()
        let digits = "0123456789abcdef"
        for name in [".out.tmp-\(digits)", ".other.tmp-\(digits)", ".out.tmp-fedcba9876543210"] {
            try directory.makeDirectory(name)
            try directory.write("half", to: "\(name)/model.safetensors")
        }
        // A complete checkpoint that only has to be renamed.
        try directory.write("{}", to: ".out.tmp-fedcba9876543210/manifest.json")
        _ = try GGUFImporter(source: path).run(into: output)
        #expect(
            try directory.names() == [
                ".other.tmp-\(digits)", ".out.tmp-fedcba9876543210", "out", "tiny.gguf",
            ])
    }

    @Test func `overwriting never removes what is no model, or the source itself`() throws {
        let path = try source()
        try directory.makeDirectory("out")
        try directory.write("precious", to: "out/thesis.txt")
        #expect(throws: ImportError(.outputIsNoModel(entry: "thesis.txt"), path: output)) {
            try GGUFImporter(source: path).run(into: output, overwrite: true)
        }
        try directory.write("{}", to: "out/config.json")
        try directory.makeDirectory("out/photos")
        #expect(throws: ImportError(.outputIsNoModel(entry: "photos"), path: output)) {
            try GGUFImporter(source: path).run(into: output, overwrite: true)
        }
        try directory.makeDirectory("model")
        try directory.write("{}", to: "model/config.json")
        let inside = try directory.write(TinyModel.builder().bytes, to: "model/tiny.gguf")
        #expect(throws: ImportError(.outputHoldsSource, path: directory("model"))) {
            try GGUFImporter(source: inside).run(into: directory("model"), overwrite: true)
        }
        #expect(try directory.read("out/thesis.txt") == Array("precious".utf8))
    }

    @Test func `a file that cannot be converted leaves nothing behind`() throws {
        var builder = TinyModel.builder()
        builder.set("general.architecture", .string("mamba"))
        let path = try source(builder)
        #expect(throws: ImportError(.unsupportedArchitecture("mamba"), path: path)) {
            try GGUFImporter(source: path).run(into: output)
        }
        #expect(try directory.names() == ["tiny.gguf"])
        #expect(throws: FileError.self) {
            try GGUFImporter(source: directory("missing.gguf")).run(into: output)
        }
    }

    @Test func `a long text in the metadata cannot break out of the model card`() throws {
        var builder = TinyModel.builder()
        builder.set("general.name", .string("x\n---\n# <script>`|" + String(repeating: "y", count: 1000)))
        builder.set("general.license", .string("mit\nextra: true"))
        _ = try GGUFImporter(source: try source(builder)).run(into: output)
        let readme = String(decoding: try directory.read("out/README.md"), as: UTF8.self)
        #expect(readme.hasPrefix("# x --- # 'script>''yyy"))
        #expect(!readme.contains("\nextra") && !readme.contains("<script>"))
    }

    @Test func `an inspection lists tensors and metadata, long arrays by their beginning`() throws {
        let path = try source()
        let inspection = try GGUFInspection(path: path)
        #expect(inspection.json["kind"] == "gguf")
        #expect(inspection.json["tensor_count"] == 11)
        #expect(inspection.json["tensors"]?.array?.first?["shape"] == [10, 8])
        #expect(inspection.json["metadata"]?["llama.block_count"] == 1)
        let tokens = inspection.json["metadata"]?["tokenizer.ggml.tokens"]
        #expect(tokens?["count"] == 10)
        #expect(tokens?["first"]?.array?.count == 8)
        #expect(
            inspection.lines.contains { $0.contains("blk.0.attn_q.weight") && $0.contains("F32  [8, 8]") })
        #expect(inspection.lines.allSatisfy { $0.count < 300 })
    }
}
