import JSONCore
import TestSupport
import Testing
import TransformerModels

/// Configurations as transformers 4 and 5 write them, and unsupported ones.
@Suite struct ModelConfigTests {
    private static let qwen2 = """
        {"architectures":["Qwen2ForCausalLM"],"model_type":"qwen2","hidden_size":896,"num_hidden_layers":24,
         "num_attention_heads":14,"num_key_value_heads":2,"intermediate_size":4864,"vocab_size":151936,
         "max_position_embeddings":32768,"rms_norm_eps":1e-06,"rope_theta":1000000.0,"hidden_act":"silu",
         "tie_word_embeddings":true,"use_sliding_window":false,"sliding_window":32768,"max_window_layers":24,
         "torch_dtype":"bfloat16","bos_token_id":151643,"eos_token_id":151643}
        """

    private func config(_ text: String, changing changes: [String: JSONValue?] = [:]) throws -> ModelConfig {
        var object = try #require(try JSONParser.parse(text).object)
        for (key, value) in changes { object[key] = value }
        return try ModelConfig(raw: object, path: "base/config.json")
    }

    private func rotary(_ config: ModelConfig) -> RopeParameters? {
        if case .rotary(let parameters) = config.positions { parameters } else { nil }
    }

    @Test func `Qwen2 as transformers 4 writes it`() throws {
        let config = try config(Self.qwen2)
        #expect(config.architecture.modelType == "qwen2")
        #expect(config.headDim == 64)
        #expect(config.ropeTheta == 1e6 && rotary(config)?.scaling == RopeParameters.Scaling.none)
        #expect(config.biases == [.query, .key, .value] && !config.hasHeadNorms)
        #expect(config.slidingWindows == Array(repeating: nil, count: 24))
        #expect(config.padTokenID == nil)
    }

    /// A property that is added to the description must be added to the identity, and here.
    @Test func `Every property of the description is in the identity of the model`() throws {
        let keys: [String: [String]] = [
            "hiddenSize": ["hidden_size"], "numHiddenLayers": ["num_hidden_layers"],
            "numAttentionHeads": ["num_attention_heads"], "numKeyValueHeads": ["num_key_value_heads"],
            "headDim": ["head_dim"], "intermediateSize": ["intermediate_size"], "vocabSize": ["vocab_size"],
            "maxPositionEmbeddings": ["max_position_embeddings"], "norm": ["norm"], "normEps": ["norm_eps"],
            "positions": ["rope_theta", "rope_scaling"], "tokenTypes": ["type_vocab_size"],
            "isCausal": ["is_causal"], "slidingWindows": ["sliding_window"], "hasHeadNorms": ["head_norms"],
            "activation": ["hidden_act"], "isGated": ["gated_mlp"], "biases": ["biases"],
            "pooling": ["pooling"], "headActivation": ["head_act"], "hasHeadBias": ["head_bias"],
            // They decide no result of a classifier, which has a pad token of its own.
            "tieWordEmbeddings": [], "padTokenID": [],
            // Training refuses any but zero.
            "attentionDropout": [],
        ]
        let config = try config(Self.qwen2)
        #expect(Set(Mirror(reflecting: config.model).children.compactMap(\.label)) == Set(keys.keys))
        #expect(Set(config.identity.keys) == Set(keys.values.flatMap { $0 } + ["model_type"]))
        for (key, value) in [
            ("rms_norm_eps", 1e-5 as JSONValue), ("rope_theta", 7), ("sliding_window", 16),
            ("max_position_embeddings", 9), ("num_key_value_heads", 7),
        ] {
            let changes: [String: JSONValue?] = [
                key: value, "use_sliding_window": .bool(key == "sliding_window"), "max_window_layers": 3,
            ]
            #expect(try self.config(Self.qwen2, changing: changes).identity != config.identity, "\(key)")
        }
    }

    @Test func `Twenty thousand damaged configurations are read or refused`() throws {
        let scaled =
            Self.qwen2.dropLast(1)
            + #","rope_scaling":{"rope_type":"llama3","factor":8.0,"low_freq_factor":1.0,"high_freq_factor":4.0,"original_max_position_embeddings":8192}}"#
        var mutator = ByteMutator(seed: 4)
        var (accepted, refused) = (0, 0)
        for number in 0..<20_000 {
            let bytes = mutator.mutate(Array((number % 2 == 0 ? Self.qwen2 : String(scaled)).utf8))
            guard let object = (try? JSONParser.parse(bytes, duplicateKeys: .lastWins))?.object,
                let config = try? ModelConfig(raw: object, path: "config.json")
            else {
                refused += 1
                continue
            }
            accepted += 1
            #expect(config.headDim > 0 && config.slidingWindows.count == config.numHiddenLayers)
        }
        #expect(accepted > 1_000 && refused > 1_000)
    }

    @Test func `Rope parameters as transformers 5 writes them`() throws {
        let config = try config(
            Self.qwen2,
            changing: [
                "rope_theta": nil, "model_type": "llama", "pad_token_id": 7,
                "rope_parameters": [
                    "rope_theta": 500000.0, "rope_type": "llama3", "factor": 32.0, "low_freq_factor": 1.0,
                    "high_freq_factor": 4.0, "original_max_position_embeddings": 8192,
                ],
            ])
        #expect(config.ropeTheta == 500_000)
        #expect(
            rotary(config)?.scaling
                == RopeParameters.Scaling.llama3(
                    factor: 32, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalContext: 8192))
        #expect(config.padTokenID == 7)
        #expect(config.biases.isEmpty)
    }

    @Test func `Sliding windows by layer, by type, or in every layer`() throws {
        let behind = try config(
            Self.qwen2,
            changing: ["use_sliding_window": true, "max_window_layers": 20, "sliding_window": 512])
        #expect(behind.slidingWindows.prefix(20).allSatisfy { $0 == nil })
        #expect(behind.slidingWindows.suffix(4).allSatisfy { $0 == 512 })
        let types = (0..<24).map { JSONValue($0 % 2 == 0 ? "sliding_attention" : "full_attention") }
        let typed = try config(
            Self.qwen2,
            changing: ["use_sliding_window": true, "sliding_window": 256, "layer_types": JSONValue(types)])
        #expect(typed.slidingWindows[0] == 256 && typed.slidingWindows[1] == nil)
        let mistral = try config(Self.qwen2, changing: ["model_type": "mistral", "sliding_window": 4096])
        #expect(mistral.slidingWindows.allSatisfy { $0 == 4096 })
    }

    @Test func `A negative pad token, as some bases carry, is none`() throws {
        #expect(try config(Self.qwen2, changing: ["pad_token_id": -1]).padTokenID == nil)
    }

    @Test(
        arguments: [
            (["model_type": "gpt2"], "architecture \"gpt2\""),
            (["model_type": "gemma3"], "supported: llama, mistral, qwen2, qwen3"),
            (["hidden_act": "gelu"], "activation \"gelu\""),
            (["rope_scaling": ["type": "yarn", "factor": 4.0]], "rope type \"yarn\""),
            (["rope_scaling": ["rope_type": "longrope"]], "rope type \"longrope\""),
            (["quantization_config": ["quant_method": "gptq"]], "quantisation \"gptq\""),
            (["partial_rotary_factor": 0.5], "partial_rotary_factor"),
            (["hidden_size": -1], "\"hidden_size\" is -1"),
            (["hidden_size": 1e18], "whole number"),
            (["num_hidden_layers": 100_000], "from 1 to 1024"),
            (["num_key_value_heads": 3], "a divisor of num_attention_heads"),
            (["vocab_size": "many"], "\"vocab_size\" is \"many\""),
            (["rms_norm_eps": 0], "a positive number"),
            (["tie_word_embeddings": 1], "true or false"),
            (
                [
                    "rope_scaling": ["rope_type": "yarn", "factor": 4.0],
                    "rope_parameters": ["rope_type": "default", "rope_theta": 1e6],
                ], "rope type \"yarn\""
            ),
            (
                ["rope_scaling": ["rope_type": "default", "rope_theta": 5.0]],
                "versions of transformers differ"
            ),
            (
                ["rope_scaling": ["rope_type": "linear", "type": "default", "factor": 2.0]],
                "versions of transformers differ"
            ),
            (["rope_scaling": ["full_attention": ["rope_type": "default"]]], "one rope for all layers"),
            (["rope_theta": .null], "\"rope_theta\" is null"),
            (["is_causal": false], "\"is_causal\": false"),
            (["per_layer_config": ["0": [:]]], "per_layer_config"),
            (["pruned_heads": ["0": [1]]], "pruned_heads"), (["attention_dropout": 1], "to below 1"),
            (["transformers_weights": "other.safetensors"], "transformers_weights"),
            (["layer_types": ["sliding_attention"]], "one entry for each of 24 layers"),
            (
                ["layer_types": JSONValue(Array(repeating: "sliding_attention", count: 24))],
                "there is no window"
            ),
            (["model_type": "llama", "layer_types": ["sliding_attention"]], "full_attention in every layer"),
            (["model_type": "qwen3", "head_dim": .null], "\"head_dim\" is missing"),
        ] as [([String: JSONValue], String)])
    func `What cannot be run is refused by name`(changes: [String: JSONValue], reason: String) throws {
        let error = #expect(throws: ModelError.self) { try config(Self.qwen2, changing: changes) }
        let text = error?.description ?? ""
        #expect(text.contains(reason) && text.hasPrefix("base/config.json"), "\(text)")
    }

    @Test func `A missing family is named`() throws {
        #expect(throws: ModelError.missingKey(path: "base/config.json", key: "model_type")) {
            try config(Self.qwen2, changing: ["model_type": nil])
        }
    }

    @Test(arguments: ["hidden_size", "num_hidden_layers", "vocab_size", "intermediate_size", "rms_norm_eps"])
    func `null is no absence`(key: String) throws {
        #expect(throws: ModelError.missingKey(path: "base/config.json", key: key)) {
            try config(Self.qwen2, changing: [key: .null])
        }
    }

    // The numbers are those of LlamaConfig(), MistralConfig(), Qwen2Config() and Qwen3Config().
    @Test(
        arguments: [
            ("llama", 32000, 11008, 32, 128, 2048, nil), ("mistral", 32000, 14336, 8, 128, 131072, 4096),
            ("qwen2", 151936, 22016, 32, 128, 32768, nil), ("qwen3", 151936, 22016, 32, 128, 32768, nil),
        ] as [(String, Int, Int, Int, Int, Int, Int?)])
    func `Absent keys have the family's values`(
        family: String, vocabulary: Int, width: Int, keyHeads: Int, headDim: Int, positions: Int, window: Int?
    ) throws {
        let config = try config("{\"model_type\":\"\(family)\"}")
        #expect(config.vocabSize == vocabulary && config.intermediateSize == width)
        #expect(config.hiddenSize == 4096 && config.numHiddenLayers == 32 && config.numAttentionHeads == 32)
        #expect(config.numKeyValueHeads == keyHeads && config.headDim == headDim)
        #expect(config.maxPositionEmbeddings == positions && config.normEps == 1e-6)
        #expect(config.ropeTheta == 10_000 && config.slidingWindows == Array(repeating: window, count: 32))
    }

    @Test func `Absent keys of windows and heads have the family's values`() throws {
        let window = try config(
            Self.qwen2,
            changing: ["use_sliding_window": true, "sliding_window": nil, "max_window_layers": 23])
        #expect(window.slidingWindows.suffix(2) == [nil, 4096])
        let behind = try config(
            Self.qwen2,
            changing: ["use_sliding_window": true, "num_hidden_layers": 30, "max_window_layers": nil])
        #expect(
            behind.slidingWindows.prefix(28).allSatisfy { $0 == nil } && behind.slidingWindows[28] == 32768)
        let own = try config(Self.qwen2, changing: ["model_type": "qwen3"])
        #expect(own.headDim == 128)
        let same = try config(
            Self.qwen2, changing: ["model_type": "mistral", "num_key_value_heads": .null])
        #expect(same.numKeyValueHeads == 14)
    }

    @Test func `Rope scaling replaces rope parameters, and its theta is the general one`() throws {
        let both = try config(
            Self.qwen2,
            changing: [
                "rope_theta": nil, "rope_scaling": ["rope_type": "linear", "factor": 4.0],
                "rope_parameters": ["rope_type": "default", "rope_theta": 500.0],
            ])
        #expect(both.ropeTheta == 10_000 && rotary(both)?.scaling == .linear(factor: 4))
        let empty = try config(
            Self.qwen2,
            changing: [
                "rope_theta": nil, "rope_scaling": [:],
                "rope_parameters": ["rope_type": "linear", "factor": 2.0, "rope_theta": 500.0],
            ])
        #expect(empty.ropeTheta == 500 && rotary(empty)?.scaling == .linear(factor: 2))
        let context = try config(
            Self.qwen2,
            changing: [
                "rope_scaling": [
                    "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                ]
            ])
        guard case .llama3(_, _, _, originalContext: 32768)? = rotary(context)?.scaling else {
            Issue.record("\(String(describing: rotary(context)))")
            return
        }
    }
}
