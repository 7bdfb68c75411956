import JSONCore

extension Architecture {
    /// Qwen2 and Qwen2.5: queries, keys and values have a bias; some layers may have a window.
    public static let qwen2 = Architecture(
        modelType: "qwen2", classifierClass: "Qwen2ForSequenceClassification", names: .decoder,
        defaultTargetModules: ["q_proj", "v_proj"]
    ) { reader throws(ModelError) in
        var model = try TransformerDescription(decoder: reader)
        model.slidingWindows = try qwenWindows(reader, layers: model.numHiddenLayers)
        model.biases = [.query, .key, .value]
        return model
    }

    /// Qwen3: queries and keys are normalised per head; some layers may have a window.
    public static let qwen3 = Architecture(
        modelType: "qwen3", classifierClass: "Qwen3ForSequenceClassification", names: .decoder,
        defaultTargetModules: ["q_proj", "v_proj"]
    ) { reader throws(ModelError) in
        var model = try TransformerDescription(decoder: reader)
        model.hasHeadNorms = true
        model.slidingWindows = try qwenWindows(reader, layers: model.numHiddenLayers)
        if try reader.flag("attention_bias") ?? false { model.biases = [.query, .key, .value, .output] }
        return model
    }
}

/// Which layers have a window: those that `layer_types` names, else those from `max_window_layers` on.
private func qwenWindows(_ reader: ConfigReader, layers: Int) throws(ModelError) -> [Int?] {
    guard let window = try reader.optionalSize("sliding_window"),
        try reader.flag("use_sliding_window") ?? false
    else { return Array(repeating: nil, count: layers) }
    guard let types = reader.object["layer_types"]?.array else {
        let first = try reader.count("max_window_layers") ?? 28
        return (0..<layers).map { $0 >= first ? window : nil }
    }
    guard types.count == layers else {
        throw reader.invalid("layer_types", expected: "one entry for each of \(layers) layers")
    }
    return try types.map { type throws(ModelError) in
        switch type.string {
        case "full_attention": return nil
        case "sliding_attention": return window
        default:
            throw reader.unsupported("layer type \(type.encoded())", ["full_attention", "sliding_attention"])
        }
    }
}
