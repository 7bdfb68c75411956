import Inference
import TensorCore
import TransformerModels

/// One optimizer step: the gradients of an effective batch, computed in micro-batches, and the update.
struct TrainingStep {
    /// The result of a step.
    struct Outcome {
        let loss: Double
        let gradientNorm: Double
        let rightCount: Int
        let tokens: Int
    }

    let model: SequenceClassifier
    let data: TokenizedSet
    let loss: LossFunction
    let config: TrainingConfig
    let padTokenID: Int32
    let workspace: Workspace
    let memory: TrainingMemoryPlan
    let collective: any Collective
    let profile: OperationProfile?

    /// Trains on the samples with these indices.
    ///
    /// - Parameters:
    ///   - step: the number of steps done before this one.
    ///   - learningRate: the rate of this step.
    /// - Throws: `TrainingError.notFinite` if the loss or the gradient is not finite, or `FileError` if that is because
    ///   the base's weights are not; then nothing is changed.
    func run(indices: [Int], step: Int, learningRate: Double) throws -> Outcome {
        try profile.step { try update(indices: indices, step: step, learningRate: learningRate) }
    }

    private func update(indices: [Int], step: Int, learningRate: Double) throws -> Outcome {
        let (totals, tokens) = try accumulateGradients(indices: indices, step: step)
        guard totals.loss.isFinite else {
            // Damaged weights make no finite loss at any learning rate.
            try model.base.checkFinite()
            throw TrainingError.notFinite(step: step + 1, quantity: "loss", value: totals.loss)
        }
        let store = model.store
        let norm = profile.pass(.update) {
            profile.measure(.clipping) { model.backend.sumOfSquares(store.gradients).squareRoot() }
        }
        guard norm.isFinite else {
            try model.base.checkFinite()
            throw TrainingError.notFinite(step: step + 1, quantity: "gradient's norm", value: norm)
        }
        profile.pass(.update) {
            profile.measure(.optimizer) {
                store.update(
                    AdamWStep(
                        learningRate: learningRate, weightDecay: config.weightDecay, step: step + 1),
                    gradientScale: GradientClipping.scale(norm: norm, maximum: config.maxGradNorm))
            }
        }
        return Outcome(
            loss: totals.loss, gradientNorm: norm, rightCount: totals.rightCount, tokens: tokens)
    }

    /// Computes the gradients of the mean loss over the samples of all processes, in the store.
    ///
    /// - Returns: the mean loss and the number of samples that were predicted right, and this process's tokens.
    func accumulateGradients(indices: [Int], step: Int) throws -> (totals: LossTotals.Values, tokens: Int) {
        let mask =
            config.loraDropout > 0
            ? DropoutMask(probability: Float(config.loraDropout), seed: config.seed, step: step) : nil
        // The mean is over the whole effective batch, so its denominator is computed before the first part.
        let normalizer = loss.normalizer(data.targets(of: indices), numLabels: model.numLabels)
        profile.pass(.update) { profile.measure(.optimizer) { model.store.zeroGradients() } }
        let totals = model.backend.makeLossTotals()
        var tokens = 0
        let lengths = indices.map { data.sequences[$0].inputIDs.count }
        for part in MicroBatches.cut(
            lengths: lengths, tokenBudget: memory.tokenBudget, rowLimit: config.batchSize)
        {
            let members = part.map { indices[$0] }
            let batch = profile.measure(.batching) {
                model.pack(members.map { data.sequences[$0] }, padTokenID: padTokenID)
            }
            try model.forwardBackward(
                batch, targets: data.targets(of: members), loss: loss, normalizer: normalizer,
                totals: totals, mask: mask, workspace: workspace,
                recomputesLayers: memory.recomputes(tokens: batch.tokenCount), profile: profile)
            tokens += batch.tokenCount
        }
        let reduced = try profile.measure(.loss) {
            try collective.reduce(totals.read(), gradients: model.store.gradients, on: model.backend)
        }
        return (reduced, tokens)
    }
}

/// Clipping by the global norm, as `torch.nn.utils.clip_grad_norm_`.
package enum GradientClipping {
    /// The factor for gradients of this norm.
    ///
    /// - Parameters:
    ///   - norm: the norm of all gradients together.
    ///   - maximum: the largest allowed norm; 0 or less never clips.
    package static func scale(norm: Double, maximum: Double) -> Float {
        guard maximum > 0 else { return 1 }
        return Float(min(1, maximum / (norm + 1e-6)))
    }
}
