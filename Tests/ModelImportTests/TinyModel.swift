/// A GGUF file of a model small enough to write down: one layer, eight wide, two heads over one, ten tokens.
enum TinyModel {
    static let tokens = ["<s>", "</s>", "a", "b", "c", "Ġ", "ab", "Ġa", "<x>", "two words"]

    static func builder(_ architecture: String = "llama", output: Bool = false) -> GGUFBuilder {
        var builder = GGUFBuilder()
        builder.metadata = [
            ("general.architecture", .string(architecture)),
            ("general.name", .string("Tiny")),
            ("general.license", .string("Apache-2.0")),
            ("\(architecture).block_count", .uint32(1)),
            ("\(architecture).context_length", .uint32(64)),
            ("\(architecture).embedding_length", .uint32(8)),
            ("\(architecture).feed_forward_length", .uint32(12)),
            ("\(architecture).attention.head_count", .uint32(2)),
            ("\(architecture).attention.head_count_kv", .uint32(1)),
            ("\(architecture).attention.layer_norm_rms_epsilon", .float32(1e-5)),
            ("tokenizer.ggml.model", .string("gpt2")),
            ("tokenizer.ggml.pre", .string("gpt-2")),
            ("tokenizer.ggml.tokens", .strings(tokens)),
            ("tokenizer.ggml.token_type", .int32s([3, 3, 1, 1, 1, 1, 1, 1, 4, 4])),
            ("tokenizer.ggml.merges", .strings(["a b", "Ġ a"])),
            ("tokenizer.ggml.bos_token_id", .uint32(0)),
            ("tokenizer.ggml.eos_token_id", .uint32(1)),
        ]
        var next: Float = 0
        func add(_ name: String, _ shape: [Int]) {
            let count = shape.reduce(1, *)
            builder.add(name, shape, (0..<count).map { next + Float($0) })
            next += 1000
        }
        add("token_embd.weight", [10, 8])
        add("blk.0.attn_norm.weight", [8])
        add("blk.0.attn_q.weight", [8, 8])
        add("blk.0.attn_k.weight", [4, 8])
        add("blk.0.attn_v.weight", [4, 8])
        if architecture == "qwen2" {
            add("blk.0.attn_q.bias", [8])
            add("blk.0.attn_k.bias", [4])
            add("blk.0.attn_v.bias", [4])
        }
        if architecture == "qwen3" {
            add("blk.0.attn_q_norm.weight", [4])
            add("blk.0.attn_k_norm.weight", [4])
        }
        add("blk.0.attn_output.weight", [8, 8])
        add("blk.0.ffn_norm.weight", [8])
        add("blk.0.ffn_gate.weight", [12, 8])
        add("blk.0.ffn_up.weight", [12, 8])
        add("blk.0.ffn_down.weight", [8, 12])
        add("output_norm.weight", [8])
        if output { add("output.weight", [10, 8]) }
        return builder
    }
}
