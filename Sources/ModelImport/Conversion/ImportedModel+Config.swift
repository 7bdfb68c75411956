import JSONCore

extension ImportedModel {
    /// The model's `config.json`.
    ///
    /// Rope parameters are spelled as transformers 4 does, which transformers 5 reads too.
    func config(dtype: ImportDType, ropeScaling: RopeScaling?) -> JSONObject {
        var config: JSONObject = [
            "architectures": [JSONValue(architecture.className)],
            "model_type": JSONValue(architecture.modelType),
            "dtype": JSONValue(dtype.rawValue),
            "vocab_size": JSONValue(vocabSize),
            "hidden_size": JSONValue(hiddenSize),
            "intermediate_size": JSONValue(intermediateSize),
            "num_hidden_layers": JSONValue(numHiddenLayers),
            "num_attention_heads": JSONValue(numAttentionHeads),
            "num_key_value_heads": JSONValue(numKeyValueHeads),
            "head_dim": JSONValue(headDim),
            "hidden_act": "silu",
            "max_position_embeddings": JSONValue(maxPositionEmbeddings),
            "rms_norm_eps": JSONValue(rmsNormEps),
            "rope_theta": JSONValue(ropeTheta),
            "tie_word_embeddings": JSONValue(tieWordEmbeddings),
            "attention_dropout": 0.0,
            "initializer_range": 0.02,
            "use_cache": true,
        ]
        if let ropeScaling { config["rope_scaling"] = JSONValue(ropeScaling.json) }
        switch architecture {
        case .llama:
            config["attention_bias"] = false
            config["mlp_bias"] = false
        case .qwen2:
            config["use_sliding_window"] = false
            // The class has no such member and derives it.
            if headDim * numAttentionHeads == hiddenSize { config["head_dim"] = nil }
        case .qwen3:
            config["attention_bias"] = false
            config["use_sliding_window"] = false
        }
        for (name, id) in specialTokenIDs { config[name] = JSONValue(id) }
        return config
    }

    /// The model's `generation_config.json`; nil when the file names none of its members.
    var generationConfig: JSONObject? {
        var config: JSONObject = ["_from_model_config": true]
        for (name, id) in specialTokenIDs where name != "unk_token_id" { config[name] = JSONValue(id) }
        return config.count > 1 ? config : nil
    }
}
