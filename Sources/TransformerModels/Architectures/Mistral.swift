extension Architecture {
    /// Mistral: Llama with a window in every layer.
    public static let mistral = Architecture(
        modelType: "mistral", classifierClass: "MistralForSequenceClassification", names: .decoder,
        defaultTargetModules: ["q_proj", "v_proj"]
    ) { reader throws(ModelError) in
        var model = try TransformerDescription(decoder: reader)
        let window = try reader.optionalSize("sliding_window")
        model.slidingWindows = Array(repeating: window, count: model.numHiddenLayers)
        return model
    }
}
