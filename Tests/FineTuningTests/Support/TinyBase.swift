import CheckpointIO
import JSONCore
import TensorCore
import TestSupport

/// A base model of two small layers with a tokenizer of single bytes, written as a HuggingFace directory.
enum TinyBase {
    static let hiddenSize = 32
    static let endOfText: Int32 = 256
    static let pad: Int32 = 257

    /// Writes the base and returns its directory.
    ///
    /// - Parameters:
    ///   - seed: decides the weights; equal seeds give equal files.
    ///   - namesPadToken: whether `config.json` and `tokenizer_config.json` name a pad token.
    static func write(
        in directory: TemporaryDirectory, name: String = "base", seed: UInt64 = 1, namesPadToken: Bool = true
    ) throws -> String {
        let path = try directory.makeDirectory(name)
        var config = self.config
        if !namesPadToken { config["pad_token_id"] = nil }
        try directory.write(JSONValue.object(config).encoded(.pretty), to: "\(name)/config.json")
        try directory.write(
            try SafetensorsWriter.encode(weights(seed: seed), metadata: ["format": "pt"]),
            to: "\(name)/model.safetensors")
        try directory.write(tokenizer.encoded(), to: "\(name)/tokenizer.json")
        if namesPadToken {
            try directory.write(
                #"{"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|endoftext|>", "pad_token": "<|pad|>"}"#,
                to: "\(name)/tokenizer_config.json")
        }
        return path
    }

    private static let config: JSONObject = [
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 32,
        "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
        "vocab_size": 260, "max_position_embeddings": 128, "rms_norm_eps": 1e-5, "rope_theta": 10000.0,
        "tie_word_embeddings": true, "hidden_act": "silu", "torch_dtype": "float32", "eos_token_id": 256,
        "pad_token_id": 257,
    ]

    private static func weights(seed: UInt64) -> [NamedTensor] {
        var tensors: [NamedTensor] = []
        func add(_ name: String, _ shape: [Int], scale: Float, shift: Float = 0) {
            let random = CounterRandom(seed: seed, stream: name)
            let count = shape.reduce(1, *)
            tensors.append(
                NamedTensor(
                    name: name, shape: shape,
                    values: (0..<count).map { (random.uniform(at: UInt64($0)) - 0.5) * scale + shift }))
        }
        add("model.embed_tokens.weight", [260, 32], scale: 2)
        for layer in 0..<2 {
            let prefix = "model.layers.\(layer)."
            add(prefix + "self_attn.q_proj.weight", [32, 32], scale: 1)
            add(prefix + "self_attn.k_proj.weight", [16, 32], scale: 1)
            add(prefix + "self_attn.v_proj.weight", [16, 32], scale: 1)
            add(prefix + "self_attn.o_proj.weight", [32, 32], scale: 0.5)
            add(prefix + "mlp.gate_proj.weight", [48, 32], scale: 0.7)
            add(prefix + "mlp.up_proj.weight", [48, 32], scale: 0.7)
            add(prefix + "mlp.down_proj.weight", [32, 48], scale: 0.5)
            add(prefix + "input_layernorm.weight", [32], scale: 0.4, shift: 1)
            add(prefix + "post_attention_layernorm.weight", [32], scale: 0.4, shift: 1)
        }
        add("model.norm.weight", [32], scale: 0.4, shift: 1)
        return tensors
    }

    /// Byte-level BPE without merges: each byte of a text is a token, in GPT-2's alphabet for bytes.
    private static var tokenizer: JSONValue {
        var vocabulary = JSONObject()
        var next: UInt32 = 256
        for byte in UInt32(0)...255 {
            let isPrintable =
                (33...126).contains(byte) || (161...172).contains(byte) || (174...255).contains(byte)
            let scalar = isPrintable ? byte : next
            if !isPrintable { next += 1 }
            vocabulary[String(Character(Unicode.Scalar(scalar) ?? " "))] = JSONValue(Int(byte))
        }
        func special(_ id: Int, _ content: String) -> JSONValue {
            [
                "id": JSONValue(id), "content": .string(content), "single_word": false, "lstrip": false,
                "rstrip": false, "normalized": false, "special": true,
            ]
        }
        return [
            "version": "1.0", "truncation": .null, "padding": .null,
            "added_tokens": [special(256, "<|endoftext|>"), special(257, "<|pad|>")], "normalizer": .null,
            "pre_tokenizer": [
                "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true,
            ],
            "post_processor": .null,
            "decoder": [
                "type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true,
            ],
            "model": [
                "type": "BPE", "dropout": .null, "unk_token": .null, "continuing_subword_prefix": .null,
                "end_of_word_suffix": .null, "fuse_unk": false, "byte_fallback": false,
                "ignore_merges": false,
                "vocab": .object(vocabulary), "merges": [],
            ],
        ]
    }
}
