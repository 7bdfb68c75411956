public import TensorCore

extension SequenceClassifier {
    /// The dimensions of the model that a device needs to plan its memory.
    ///
    /// - Parameter hasDropout: whether adapters drop features.
    public func shape(hasDropout: Bool) -> ModelShape {
        let model = base.config.model
        var adapters: Set<ModelShape.Adapter> = []
        for entry in plan.entries {
            adapters.insert(
                ModelShape.Adapter(
                    rank: entry.rank, inputSize: model.shape(of: entry.projection).columns,
                    readsActivation: entry.projection == .down))
        }
        let norms = layers.first.map { [$0.attention.norms, $0.mlp.norms] } ?? []
        return ModelShape(
            hiddenSize: model.hiddenSize, intermediateSize: model.intermediateSize, isGated: model.isGated,
            attention: base.config.attentionShape(layer: 0), hasHeadNorms: model.hasHeadNorms,
            keptNormInputs: norms.flatMap { [$0.branch, $0.output] }.count { $0 != nil },
            trainedLayers: layers.count - 1 - firstTrainedLayer, adapters: Array(adapters),
            trainedParameterCount: store.count, weightByteCount: base.weightByteCount, hasDropout: hasDropout)
    }
}
