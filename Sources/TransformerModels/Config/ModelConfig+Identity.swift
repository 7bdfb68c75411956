package import JSONCore

extension ModelConfig {
    /// What the configuration decides about a model's results, under HuggingFace's names: part of the identity of a run
    /// and of a classifier.
    ///
    /// It is made of the description and not of the document, so two spellings of one model have one identity, and a
    /// note in the document has no part in it. The pad token is recorded apart: a classifier may choose its own.
    package var identity: JSONObject {
        var object: JSONObject = ["model_type": .string(architecture.modelType)]
        for member in model.identity { object[member.key] = member.value }
        return object
    }
}

extension TransformerDescription {
    /// Every property that decides a result. Whether embeddings are tied decides only how parameters are counted.
    var identity: JSONObject {
        var object: JSONObject = [
            "hidden_size": JSONValue(hiddenSize), "num_hidden_layers": JSONValue(numHiddenLayers),
            "num_attention_heads": JSONValue(numAttentionHeads),
            "num_key_value_heads": JSONValue(numKeyValueHeads), "head_dim": JSONValue(headDim),
            "intermediate_size": JSONValue(intermediateSize), "vocab_size": JSONValue(vocabSize),
            "max_position_embeddings": JSONValue(maxPositionEmbeddings),
            "norm": .string("\(norm)"), "norm_eps": JSONValue(normEps),
        ]
        switch positions {
        case .rotary(let parameters):
            object["rope_theta"] = JSONValue(parameters.theta)
            object["rope_scaling"] = parameters.scaling.identity
        case .learned(let rows, let first):
            object["learned_positions"] = ["rows": JSONValue(rows), "first": JSONValue(first)]
        }
        object["type_vocab_size"] = JSONValue(tokenTypes)
        object["is_causal"] = .bool(isCausal)
        object["sliding_window"] = windows
        object["head_norms"] = .bool(hasHeadNorms)
        object["hidden_act"] = .string("\(activation)")
        object["gated_mlp"] = .bool(isGated)
        object["biases"] = .array(biases.map { "\($0)" }.sorted().map { .string($0) })
        object["pooling"] = .string("\(pooling)")
        object["head_act"] = headActivation.map { .string("\($0)") } ?? .null
        object["head_bias"] = .bool(hasHeadBias)
        return object
    }

    /// The window of all layers, or that of each where they differ.
    private var windows: JSONValue {
        let values = slidingWindows.map { $0.map { JSONValue($0) } ?? .null }
        return Set(values).count == 1 ? values[0] : .array(values)
    }
}

extension RopeParameters.Scaling {
    fileprivate var identity: JSONValue {
        switch self {
        case .none: .null
        case .linear(let factor): ["rope_type": "linear", "factor": JSONValue(factor)]
        case .llama3(let factor, let low, let high, let context):
            [
                "rope_type": "llama3", "factor": JSONValue(factor), "low_freq_factor": JSONValue(low),
                "high_freq_factor": JSONValue(high), "original_max_position_embeddings": JSONValue(context),
            ]
        }
    }
}
