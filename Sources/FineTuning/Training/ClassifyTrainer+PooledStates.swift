public import ClassificationData
public import Inference
import TensorCore
import TransformerModels

/// What the base makes of texts before any training: the state of the pooled token after the last norm.
public struct PooledStates: Sendable {
    /// The numbers of a state.
    public let size: Int
    /// `[rows, size]`, of the rows that `train` learns from.
    public let training: [Float]
    /// `[rows, size]`, of the rows that `train` validates on.
    public let validation: [Float]
}

extension ClassifyTrainer {
    /// A wider base has so many numbers that fitting to them takes as long as training.
    private static let widestProbe = 2_048

    /// The base's states for the rows of `rows(of:validation:)`: one forward pass over them, about a third of an epoch.
    ///
    /// - Parameter progress: receives the progress of the passes.
    /// - Returns: nil without validation rows, for a very wide base, and when the trainer is asked to stop.
    /// - Throws: as `train`.
    public func pooledStates(
        of dataset: ClassifyDataset, validation: ClassifyDataset? = nil,
        progress: (WorkProgress) -> Void = { _ in }
    ) throws -> PooledStates? {
        let size = base.config.hiddenSize
        let setup = try TrainingSetup(
            config: config, base: base, tokenizer: tokenizer, dataset: dataset, validation: validation)
        guard size <= Self.widestProbe, let held = setup.validation else { return nil }
        // A head that is the identity makes the states its logits.
        let model = try SequenceClassifier(
            base: base, numLabels: size, adapter: setup.adapterConfig(baseReference: nil), seed: 0,
            maxSequenceLength: setup.maxSeqLength, hasAdapters: false)
        for slot in model.store.slots {
            var values = [Float](repeating: 0, count: slot.count)
            if slot.name == base.config.architecture.names.headWeight {
                for index in 0..<size { values[index * size + index] = 1 }
            }
            model.store.setValues(values, of: slot, in: .parameters)
        }
        func states(_ data: TokenizedSet) throws -> [Float]? {
            try Validation(
                model: model, data: data,
                tokenBudget: base.backend.predictionTokenBudget(for: model.shape(hasDropout: false)),
                padTokenID: setup.padToken.id, workspace: base.backend.makeWorkspace()
            ).logits(shouldStop: { isStopRequested }, progress: progress)
        }
        guard let training = try states(setup.train), let validation = try states(held) else { return nil }
        return PooledStates(size: size, training: training, validation: validation)
    }
}
