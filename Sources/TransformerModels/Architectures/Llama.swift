import JSONCore

extension Architecture {
    /// Llama and the models that use its `model_type`: SmolLM2, TinyLlama, Vicuna.
    public static let llama = Architecture(
        modelType: "llama", classifierClass: "LlamaForSequenceClassification", names: .decoder,
        defaultTargetModules: ["q_proj", "v_proj"],
        fields: .decoder(
            defaults: [
                "vocab_size": 32000, "hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 32,
                "num_attention_heads": 32, "hidden_act": "silu", "max_position_embeddings": 2048,
                "rms_norm_eps": 1e-06, "rope_theta": 10000.0, "bos_token_id": 1, "eos_token_id": 2,
                "tie_word_embeddings": false,
                "attention_bias": false, "attention_dropout": 0.0, "mlp_bias": false,
            ],
            computes: ["attention_bias", "mlp_bias"], ignored: ["sliding_window"],
            others: [
                ConfigFields.only("layer_types", "full_attention in every layer") { types in
                    types.array?.allSatisfy { $0.string == "full_attention" } ?? false
                }
            ])
    ) { reader throws(ModelError) in
        var model = try TransformerDescription(decoder: reader)
        if try reader.flag("attention_bias") ?? false { model.biases = [.query, .key, .value, .output] }
        if try reader.flag("mlp_bias") ?? false { model.biases.formUnion([.gate, .up, .down]) }
        return model
    }
}

extension TransformerDescription {
    /// The common structure of the decoders: pre-norm with RMS norms, rotary positions, a gated feed-forward layer.
    init(decoder reader: ConfigReader) throws(ModelError) {
        if let name = try reader.text("hidden_act"), name != "silu", name != "swish" {
            throw reader.unsupported("activation \"\(name)\" (hidden_act)", ["silu"])
        }
        let hiddenSize = try reader.size("hidden_size")
        let heads = try reader.size("num_attention_heads")
        let keyValueHeads = try reader.optionalSize("num_key_value_heads") ?? heads
        let headDim = try reader.optionalSize("head_dim") ?? hiddenSize / heads
        guard heads % keyValueHeads == 0 else {
            throw reader.invalid("num_key_value_heads", expected: "a divisor of num_attention_heads")
        }
        guard headDim > 0, headDim % 2 == 0 else {
            throw reader.invalid("head_dim", expected: "an even number")
        }
        self.init(
            hiddenSize: hiddenSize, numHiddenLayers: try reader.size("num_hidden_layers", limit: 1024),
            numAttentionHeads: heads, numKeyValueHeads: keyValueHeads, headDim: headDim,
            intermediateSize: try reader.size("intermediate_size"), vocabSize: try reader.size("vocab_size"),
            maxPositionEmbeddings: try reader.size("max_position_embeddings"),
            normEps: try reader.number("rms_norm_eps"),
            positions: .rotary(try RopeParameters(reader)))
        tieWordEmbeddings = try reader.flag("tie_word_embeddings") ?? false
        padTokenID = try reader.tokenID("pad_token_id", vocabSize: vocabSize)
        attentionDropout = try reader.share("attention_dropout")
    }
}
