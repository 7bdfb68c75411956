import ModelImport
import TestSupport
import Testing

@Suite("Models that are not converted")
struct ConversionRuleTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func rule(
        _ architecture: String = "llama", _ change: (inout GGUFBuilder) -> Void
    ) throws -> ImportError.Rule? {
        var builder = TinyModel.builder(architecture)
        change(&builder)
        let path = try directory.write(builder.bytes, to: "model.gguf")
        do {
            try GGUFImporter.check(GGUFFile(path: path))
            return nil
        } catch let error as ImportError {
            #expect(error.path == path && error.description.hasPrefix(path))
            return error.rule
        }
    }

    private func tensor(_ name: String, _ change: (inout GGUFBuilder.Tensor) -> Void) throws -> ImportError
        .Rule?
    {
        try rule { builder in
            for index in builder.tensors.indices where builder.tensors[index].name == name {
                change(&builder.tensors[index])
            }
        }
    }

    @Test(arguments: ["llama", "qwen2", "qwen3"])
    func `the tiny models are converted`(architecture: String) throws {
        #expect(try rule(architecture) { _ in } == nil)
    }

    @Test func `a broken rule of the format is passed on with the path`() throws {
        let path = try directory.write("GGML, not GGUF", to: "model.gguf")
        do {
            _ = try GGUFFile(path: path)
            Issue.record("not refused")
        } catch let error as ImportError {
            guard case .gguf(let inner) = error.rule else { throw error }
            #expect(inner.rule == .wrongMagic && error.path == path)
        }
    }

    @Test(arguments: [
        "general.architecture", "llama.block_count", "llama.context_length", "llama.embedding_length",
        "llama.feed_forward_length", "llama.attention.head_count",
        "llama.attention.layer_norm_rms_epsilon",
        "tokenizer.ggml.model", "tokenizer.ggml.tokens", "tokenizer.ggml.merges",
    ])
    func `missing metadata is named`(key: String) throws {
        #expect(try rule { $0.set(key, nil) } == .missingMetadata(key: key))
    }

    @Test func `metadata of the wrong type is named`() throws {
        #expect(
            try rule { $0.set("llama.block_count", .string("1")) }
                == .wrongMetadataType(key: "llama.block_count", expected: "an integer", got: "string"))
        #expect(
            try rule { $0.set("llama.attention.head_count", .int32s([2])) }
                == .wrongMetadataType(
                    key: "llama.attention.head_count", expected: "an integer", got: "array of int32"))
        #expect(
            try rule { $0.set("llama.rope.freq_base", .uint32(10_000)) }
                == .wrongMetadataType(
                    key: "llama.rope.freq_base", expected: "a floating-point number", got: "uint32"))
    }

    @Test func `sizes that no model has are refused`() throws {
        let range = "a number from 1 to 2147483647"
        #expect(
            try rule { $0.set("llama.block_count", .uint32(0)) }
                == .invalidMetadata(key: "llama.block_count", value: "0", expected: range))
        #expect(
            try rule { $0.set("llama.embedding_length", .int64(-8)) }
                == .invalidMetadata(key: "llama.embedding_length", value: "-8", expected: range))
        #expect(
            try rule { $0.set("llama.attention.head_count_kv", .uint32(3)) }
                == .invalidMetadata(
                    key: "llama.attention.head_count_kv", value: "3", expected: "a divisor of the 2 heads"))
        #expect(
            try rule { $0.set("llama.attention.key_length", .uint32(5)) }
                == .invalidMetadata(key: "llama.attention.key_length", value: "5", expected: "an even number")
        )
        #expect(
            try rule { $0.set("llama.rope.freq_base", .float32(.nan)) }
                == .invalidMetadata(key: "llama.rope.freq_base", value: "nan", expected: "a positive number"))
        // A count of layers that is not there costs nothing.
        #expect(
            try rule { $0.set("llama.block_count", .uint32(2_000_000_000)) }
                == .missingTensor("blk.1.attn_norm.weight"))
    }

    @Test(
        arguments: [
            ("llama.expert_count", .uint32(8), "a mixture of 8 experts"),
            ("llama.attention.sliding_window", .uint32(16), "a sliding attention window of 16"),
            ("llama.rope.scaling.type", .string("yarn"), "rope scaling of type \"yarn\""),
            ("llama.rope.scale_linear", .float32(4), "rope scaling by 4.0"),
            ("llama.rope.dimension_count", .uint32(2), "rotating 2 of 4 dimensions of a head"),
            ("llama.attention.value_length", .uint32(8), "a value width of 8 beside a key width of 4"),
            ("llama.logit_scale", .float32(2), "metadata key \"llama.logit_scale\""),
            ("split.count", .uint16(2), "a model split into 2 files"),
            ("general.type", .string("adapter"), "a file of type \"adapter\" instead of a model"),
        ] as [(String, GGUFBuilder.Value, String)])
    func `what would be lost is refused by name`(key: String, value: GGUFBuilder.Value, feature: String)
        throws
    {
        let found = try rule { builder in
            if key == "llama.rope.dimension_count" { builder.set("llama.attention.key_length", .uint32(4)) }
            builder.set(key, value)
        }
        #expect(found == .unsupportedFeature(feature))
    }

    @Test func `the same keys are accepted where they change nothing`() throws {
        let found = try rule { builder in
            builder.set("llama.expert_count", .uint32(0))
            builder.set("llama.attention.sliding_window", .uint32(64))
            builder.set("llama.rope.scaling.type", .string("none"))
            builder.set("llama.rope.scaling.factor", .float32(1))
            builder.set("llama.rope.dimension_count", .uint32(4))
            builder.set("general.type", .string("model"))
        }
        #expect(found == nil)
    }

    @Test func `a tensor of a type that is not decoded is refused by name`() throws {
        let found = try tensor("blk.0.attn_v.weight") { tensor in
            tensor.type = GGUFTensorType.f64.rawValue
            tensor.bytes += tensor.bytes
        }
        #expect(found == .unsupportedTensorType(tensor: "blk.0.attn_v.weight", type: .f64))
    }

    @Test func `missing, surplus and misshapen tensors are refused by name`() throws {
        #expect(
            try tensor("blk.0.ffn_up.weight") { $0.name = "blk.0.ffn_up_exps.weight" }
                == .missingTensor("blk.0.ffn_up.weight"))
        #expect(
            try rule { $0.add("blk.0.attn_q.bias", [8], [Float](repeating: 0, count: 8)) }
                == .unexpectedTensor("blk.0.attn_q.bias", architecture: "llama"))
        #expect(
            try tensor("blk.0.attn_k.weight") { $0.shape = [8, 4] }
                == .wrongShape(tensor: "blk.0.attn_k.weight", expected: [4, 8], got: [8, 4]))
        #expect(
            try rule("qwen2") { $0.tensors.removeAll { $0.name == "blk.0.attn_k.bias" } }
                == .missingTensor("blk.0.attn_k.bias"))
    }

    @Test func `rope divisors are accepted only when they are Llama 3's`() throws {
        func divisors(_ values: [Float]) throws -> ImportError.Rule? {
            try rule { builder in
                builder.set("llama.rope.freq_base", .float32(500_000))
                builder.add("rope_freqs.weight", [2], values)
            }
        }
        // Wave lengths 2π and 2π·√500000 = 4443, between 8192/4 and 8192/1.
        let smooth = (8192 / (2 * Double.pi * 500_000.0.squareRoot()) - 1) / 3
        #expect(try divisors([1, 1]) == nil)
        #expect(
            try divisors([1, Float(1 / ((1 - smooth) / 8 + smooth))])
                == .unsupportedFeature("this set of rope frequency factors"))
        #expect(try divisors([2, 2]) == .unsupportedFeature("this set of rope frequency factors"))
        #expect(try divisors([1, .nan]) == .unsupportedFeature("this set of rope frequency factors"))
    }

    @Test func `a tokenizer of another kind is refused by name`() throws {
        #expect(
            try rule { $0.set("tokenizer.ggml.model", .string("bert")) }
                == .unsupportedTokenizer(model: "bert"))
        #expect(
            try rule { $0.set("tokenizer.ggml.pre", .string("tekken")) } == .unsupportedPreTokenizer("tekken")
        )
    }

    @Test func `token ids, types and scores that do not fit the vocabulary are refused`() throws {
        for key in ["bos", "eos", "unknown", "padding"] {
            let key = "tokenizer.ggml.\(key)_token_id"
            #expect(
                try rule { $0.set(key, .uint32(10)) }
                    == .tokenIDOutOfRange(key: key, id: 10, vocabularySize: 10))
        }
        #expect(
            try rule { $0.set("tokenizer.ggml.token_type", .int32s([1])) }
                == .wrongTokenCount(key: "tokenizer.ggml.token_type", got: 1, expected: 10))
        #expect(
            try rule { $0.set("tokenizer.ggml.scores", .floats([1])) }
                == .wrongTokenCount(key: "tokenizer.ggml.scores", got: 1, expected: 10))
        #expect(
            try rule { $0.set("llama.vocab_size", .uint32(9)) }
                == .wrongTokenCount(key: "llama.vocab_size", got: 9, expected: 10))
        let long = String(repeating: "x", count: 5000)
        #expect(
            try rule { $0.set("tokenizer.ggml.tokens", .strings([long] + TinyModel.tokens.dropFirst())) }
                == .invalidMetadata(
                    key: "tokenizer.ggml.tokens", value: "5000 bytes long at 0",
                    expected: "at most 4096 bytes to a token"))
    }

    @Test(arguments: ["a", "a b c", "a  b", "a z", "b a", " ", ""])
    func `merges that are not two tokens making a third are refused`(text: String) throws {
        #expect(
            try rule { $0.set("tokenizer.ggml.merges", .strings(["a b", text])) }
                == .invalidMerge(index: 1, text: text))
    }

    @Test func `a SentencePiece vocabulary without scores and merges is refused`() throws {
        let found = try rule { builder in
            builder.set("tokenizer.ggml.model", .string("llama"))
            builder.set("tokenizer.ggml.merges", nil)
        }
        #expect(found == .missingMetadata(key: "tokenizer.ggml.scores"))
    }
}
