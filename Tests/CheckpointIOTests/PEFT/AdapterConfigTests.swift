import CheckpointIO
import JSONCore
import Platform
import Testing

@Suite struct AdapterConfigTests {
    private static let smallest =
        #"{"peft_type":"LORA","task_type":"SEQ_CLS","r":8,"lora_alpha":16,"base_model_name_or_path":"b"}"#

    private func parse(_ text: String) throws -> AdapterConfig {
        try AdapterConfig(bytes: Array(text.utf8), path: "adapter_config.json")
    }

    /// The smallest configuration with one more member, or one replaced.
    private func parse(_ key: String, _ value: String) throws -> AdapterConfig {
        var object = try #require(try JSONParser.parse(Self.smallest).object)
        object[key] = try JSONParser.parse(value)
        return try parse(JSONValue.object(object).encoded())
    }

    private func problem(_ key: String, _ value: String) throws -> AdapterConfigProblem? {
        let error = #expect(throws: FileError.self) { try parse(key, value) }
        #expect(error?.path == "adapter_config.json")
        guard let problem = error?.problem as? AdapterConfigProblem else { return nil }
        return problem
    }

    @Test func `missing keys have PEFT's defaults`() throws {
        let config = try parse(Self.smallest)
        #expect(config.rank == 8)
        #expect(config.loraAlpha == 16)
        #expect(config.loraDropout == 0)
        #expect(config.targetModules == .list(["q_proj", "v_proj"]))
        #expect(!config.useRSLoRA)
        #expect(config.rankPattern.isEmpty && config.alphaPattern.isEmpty)
        #expect(config.layersToTransform == nil && config.layersPattern.isEmpty)
        #expect(config.excludeModules == nil && config.revision == nil)
    }

    @Test func `the file is spelled as PEFT spells it`() {
        var config = AdapterConfig(
            baseModelNameOrPath: "Qwen/größe", rank: 16, loraAlpha: 32, useRSLoRA: true)
        config.rankPattern = [.init(pattern: "q_proj", value: 4)]
        config.alphaPattern = [.init(pattern: "q_proj", value: 1.5)]
        // json.dumps of the same members with indent=2 and sort_keys=True
        #expect(
            String(decoding: config.encoded(), as: UTF8.self) == #"""
                {
                  "alpha_pattern": {
                    "q_proj": 1.5
                  },
                  "base_model_name_or_path": "Qwen/gr\u00f6\u00dfe",
                  "bias": "none",
                  "fan_in_fan_out": false,
                  "inference_mode": true,
                  "init_lora_weights": true,
                  "layers_pattern": null,
                  "layers_to_transform": null,
                  "lora_alpha": 32,
                  "lora_dropout": 0.0,
                  "modules_to_save": [
                    "classifier",
                    "score"
                  ],
                  "peft_type": "LORA",
                  "r": 16,
                  "rank_pattern": {
                    "q_proj": 4
                  },
                  "revision": null,
                  "target_modules": [
                    "q_proj",
                    "v_proj"
                  ],
                  "task_type": "SEQ_CLS",
                  "use_dora": false,
                  "use_rslora": true
                }
                """#)
    }

    @Test func `what is written is read back equal`() throws {
        var config = AdapterConfig(
            baseModelNameOrPath: nil, rank: 3, loraAlpha: 0.5, loraDropout: 0.25,
            targetModules: .list(["up_proj"]), revision: "main")
        config.excludeModules = .pattern(".*1.*")
        config.layersToTransform = [1, 2]
        config.layersPattern = ["layers"]
        config.alphaPattern = [.init(pattern: "b", value: 2), .init(pattern: "a", value: 1)]
        let again = try AdapterConfig(bytes: config.encoded(), path: "f")
        // PEFT sorts the keys of what it writes, patterns included, and so does this.
        config.alphaPattern.reverse()
        #expect(again == config)
    }

    @Test(arguments: ["peft_type", "task_type", "r", "lora_alpha"])
    func `a required key that is missing is named`(key: String) throws {
        var object = try #require(try JSONParser.parse(Self.smallest).object)
        object[key] = nil
        let error = #expect(throws: FileError.self) { try parse(JSONValue.object(object).encoded()) }
        #expect(error?.problem as? AdapterConfigProblem == .missing(key))
    }

    @Test(arguments: [
        ("use_dora", "true"), ("lora_bias", "true"), ("layer_replication", "[[0,1]]"),
        ("megatron_config", "{\"a\":1}"),
        ("alora_invocation_tokens", "[1]"), ("trainable_token_indices", "[1]"),
        ("target_parameters", "[\"x\"]"),
        ("fan_in_fan_out", "true"), ("use_qalora", "true"), ("arrow_config", "{\"a\":1}"),
        ("use_bdlora", "{\"a\":1}"),
        ("something_new", "1"), ("bias", "\"all\""), ("peft_type", "\"ADALORA\""),
        ("init_lora_weights", "\"pissa\""), ("init_lora_weights", "\"olora\""),
        ("init_lora_weights", "\"corda\""),
        ("init_lora_weights", "\"loftq\""), ("init_lora_weights", "\"lora_ga\""), ("init_lora_weights", "3"),
    ])
    func `what changes the result is refused by name`(key: String, value: String) throws {
        #expect(try problem(key, value) == .unsupported(key: key, value: value))
    }

    @Test(arguments: [
        ("null", "is null", "set it to \"SEQ_CLS\""), ("\"CAUSAL_LM\"", "CAUSAL_LM", "no text classifier's"),
        ("\"TOKEN_CLS\"", "TOKEN_CLS", "trained with task_type"), ("1", "is 1", "trained with task_type"),
    ])
    func `an adapter of another task, or of none, is named with what to do`(
        value: String, fact: String, remedy: String
    ) throws {
        let found = try #require(try problem("task_type", value))
        #expect(found == .otherTask(value))
        let text = "\(found.fact); \(found.remedy)"
        #expect(text.contains(fact) && text.contains(remedy), "\(text)")
    }

    @Test func `another module to save is refused by name`() throws {
        #expect(
            try problem("modules_to_save", "[\"score\",\"embed_tokens\"]")
                == .unsupported(key: "modules_to_save", value: "\"embed_tokens\""))
    }

    @Test(arguments: [
        ("use_dora", "false"), ("lora_bias", "false"), ("layer_replication", "null"),
        ("target_parameters", "[]"),
        ("loftq_config", "{}"), ("eva_config", "{\"rho\":2}"), ("peft_version", "\"9\""),
        ("bias", "\"none\""),
        ("init_lora_weights", "\"gaussian\""), ("init_lora_weights", "false"), ("something_new", "null"),
        ("modules_to_save", "null"), ("modules_to_save", "[\"score\"]"), ("lora_alpha", "16.5"),
    ])
    func `what is switched off or only informs is accepted`(key: String, value: String) throws {
        _ = try parse(key, value)
    }

    @Test(arguments: [
        ("r", "0"), ("r", "-1"), ("r", "1.5"), ("r", "\"8\""), ("r", "65537"), ("lora_alpha", "\"16\""),
        ("lora_alpha", "1e999"), ("lora_dropout", "1"), ("lora_dropout", "-0.1"), ("target_modules", "3"),
        ("target_modules", "[1]"), ("rank_pattern", "[]"), ("rank_pattern", "{\"a\":0}"),
        ("rank_pattern", "{\"a\":\"b\"}"), ("alpha_pattern", "{\"a\":null}"),
        ("layers_to_transform", "\"all\""),
        ("layers_to_transform", "[\"1\"]"), ("use_rslora", "1"), ("base_model_name_or_path", "7"),
        ("revision", "[]"), ("modules_to_save", "{}"), ("layers_pattern", "1"),
    ])
    func `a member of the wrong type or size is named`(key: String, value: String) throws {
        guard case .invalidMember(key, _, _) = try problem(key, value) else {
            Issue.record("another error")
            return
        }
    }

    @Test(arguments: ["", "[]", "{", "null"])
    func `a file of something else`(text: String) {
        #expect(throws: FileError.self) { try parse(text) }
    }

    @Test func `the combination that PEFT refuses is refused`() throws {
        let text = Self.smallest.dropLast() + #","target_modules":"q_proj","layers_to_transform":[1]}"#
        let error = #expect(throws: FileError.self) { try parse(String(text)) }
        guard case .unsupported(key: "layers_to_transform", _)? = error?.problem as? AdapterConfigProblem
        else {
            Issue.record("another error")
            return
        }
    }
}
