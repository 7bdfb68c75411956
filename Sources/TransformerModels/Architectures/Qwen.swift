import JSONCore

extension Architecture {
    private static let qwenDefaults: JSONObject = [
        "vocab_size": 151936, "hidden_size": 4096, "intermediate_size": 22016, "num_hidden_layers": 32,
        "num_attention_heads": 32, "num_key_value_heads": 32, "hidden_act": "silu",
        "max_position_embeddings": 32768, "rms_norm_eps": 1e-06, "rope_theta": 10000.0,
        "tie_word_embeddings": false,
        "use_sliding_window": false, "sliding_window": 4096, "max_window_layers": 28,
        "attention_dropout": 0.0,
    ]
    private static let windowKeys = [
        "sliding_window", "use_sliding_window", "max_window_layers", "layer_types",
    ]

    /// Qwen2 and Qwen2.5: queries, keys and values have a bias; some layers may have a window.
    public static let qwen2 = Architecture(
        modelType: "qwen2", classifierClass: "Qwen2ForSequenceClassification", names: .decoder,
        defaultTargetModules: ["q_proj", "v_proj"],
        fields: .decoder(defaults: qwenDefaults, computes: windowKeys)
    ) { reader throws(ModelError) in
        var model = try TransformerDescription(decoder: reader)
        model.slidingWindows = try qwenWindows(reader, layers: model.numHiddenLayers)
        model.biases = [.query, .key, .value]
        return model
    }

    /// Qwen3: queries and keys are normalised per head; some layers may have a window.
    public static let qwen3 = Architecture(
        modelType: "qwen3", classifierClass: "Qwen3ForSequenceClassification", names: .decoder,
        defaultTargetModules: ["q_proj", "v_proj"],
        fields: .decoder(
            defaults: JSONObject(
                qwenDefaults.map { ($0.key, $0.value) } + [("head_dim", 128), ("attention_bias", false)]),
            computes: windowKeys + ["attention_bias"])
    ) { reader throws(ModelError) in
        // Its heads have a size of their own, which null does not leave open.
        _ = try reader.size("head_dim")
        var model = try TransformerDescription(decoder: reader)
        model.hasHeadNorms = true
        model.slidingWindows = try qwenWindows(reader, layers: model.numHiddenLayers)
        if try reader.flag("attention_bias") ?? false { model.biases = [.query, .key, .value, .output] }
        return model
    }
}

/// Which layers have a window: those that `layer_types` names, else those from `max_window_layers` on.
private func qwenWindows(_ reader: ConfigReader, layers: Int) throws(ModelError) -> [Int?] {
    let window = try reader.flag("use_sliding_window") ?? false ? reader.optionalSize("sliding_window") : nil
    let first = try reader.count("max_window_layers") ?? 0
    return try reader.windows(window, layers: layers) { $0 >= first }
}

extension ConfigReader {
    /// The window of each layer, by `layer_types` or by a rule where it is null or absent.
    ///
    /// - Parameter window: the window of the layers that have one; nil if none has.
    func windows(
        _ window: Int?, layers: Int, otherwise hasWindow: (Int) -> Bool
    ) throws(ModelError) -> [Int?] {
        guard let value = object["layer_types"], !value.isNull else {
            return (0..<layers).map { hasWindow($0) ? window : nil }
        }
        guard let types = value.array, types.count == layers else {
            throw invalid("layer_types", expected: "one entry for each of \(layers) layers")
        }
        return try types.map { type throws(ModelError) in
            switch type.string {
            case "full_attention": return nil
            case "sliding_attention":
                guard let window else {
                    throw invalid("layer_types", expected: "full_attention only, because there is no window")
                }
                return window
            default:
                throw unsupported("layer type \(type.encoded())", ["full_attention", "sliding_attention"])
            }
        }
    }
}
