import JSONCore

extension Architecture {
    /// Mistral: Llama with a window in every layer, or in those that `layer_types` names; transformers runs a Mistral
    /// with that key as a Ministral.
    public static let mistral = Architecture(
        modelType: "mistral", classifierClass: "MistralForSequenceClassification", names: .decoder,
        defaultTargetModules: ["q_proj", "v_proj"],
        fields: .decoder(
            defaults: [
                "vocab_size": 32000, "hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32,
                "num_attention_heads": 32, "num_key_value_heads": 8, "hidden_act": "silu",
                "max_position_embeddings": 131072, "rms_norm_eps": 1e-06, "rope_theta": 10000.0,
                "bos_token_id": 1,
                "eos_token_id": 2,
                "tie_word_embeddings": false, "sliding_window": 4096, "attention_dropout": 0.0,
            ],
            computes: ["sliding_window", "layer_types"])
    ) { reader throws(ModelError) in
        var model = try TransformerDescription(decoder: reader)
        let window = try reader.optionalSize("sliding_window")
        model.slidingWindows = try reader.windows(window, layers: model.numHiddenLayers) { _ in true }
        return model
    }
}
