import TensorCore
import TransformerModels

/// One optimizer step: gradients of an effective batch, however it is cut, and the update.
struct TrainingStep {
    /// What a step came to.
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
    let memory: MemoryPlan

    /// Trains on the samples at these places.
    ///
    /// - Parameters:
    ///   - step: the number of steps done before this one.
    ///   - learningRate: the rate of this step.
    /// - Throws: `TrainingError.notFinite` before anything is changed when the loss or the gradient is no number.
    func run(places: [Int], step: Int, learningRate: Double) throws -> Outcome {
        try OpProfile.step { try update(places: places, step: step, learningRate: learningRate) }
    }

    private func update(places: [Int], step: Int, learningRate: Double) throws -> Outcome {
        let (loss, rightCount, tokens) = try accumulateGradients(places: places, step: step)
        guard loss.isFinite else {
            throw TrainingError.notFinite(step: step + 1, quantity: "loss", value: loss)
        }
        let store = model.store
        let norm = OpProfile.pass(.update) {
            OpProfile.measure(.clipping) { model.backend.sumOfSquares(store.gradients).squareRoot() }
        }
        guard norm.isFinite else {
            throw TrainingError.notFinite(step: step + 1, quantity: "gradient's norm", value: norm)
        }
        OpProfile.pass(.update) {
            OpProfile.measure(.optimizer) {
                model.backend.adamW(
                    parameters: store.parameters, gradients: store.gradients,
                    firstMoments: store.firstMoments,
                    secondMoments: store.secondMoments,
                    settings: AdamWStep(
                        learningRate: learningRate, weightDecay: config.weightDecay, step: step + 1),
                    gradientScale: GradientClipping.scale(norm: norm, maximum: config.maxGradNorm))
            }
        }
        return Outcome(loss: loss, gradientNorm: norm, rightCount: rightCount, tokens: tokens)
    }

    /// Leaves the gradients of the mean loss over the samples in the store.
    func accumulateGradients(places: [Int], step: Int) throws -> (loss: Double, rightCount: Int, tokens: Int)
    {
        let mask =
            config.loraDropout > 0
            ? DropoutMask(probability: Float(config.loraDropout), seed: config.seed, step: step) : nil
        // The mean is over the whole effective batch, so its denominator comes before the first part.
        let normalizer = loss.normalizer(data.targets(of: places), numLabels: model.numLabels)
        OpProfile.pass(.update) { OpProfile.measure(.optimizer) { model.store.zeroGradients() } }
        var (total, rightCount, tokens) = (0.0, 0, 0)
        let lengths = places.map { data.sequences[$0].inputIDs.count }
        for part in MicroBatches.cut(
            lengths: lengths, tokenBudget: memory.tokenBudget, rowLimit: config.batchSize)
        {
            let members = part.map { places[$0] }
            let batch = OpProfile.measure(.batching) {
                PackedBatch(members.map { data.sequences[$0] }, padTokenID: padTokenID)
            }
            let result = try model.forwardBackward(
                batch, targets: data.targets(of: members), loss: loss, normalizer: normalizer, mask: mask,
                workspace: workspace, recomputesLayers: memory.recomputes(tokens: batch.tokenCount))
            total += result.loss
            rightCount += data.rightCount(of: members, logits: result.logits)
            tokens += batch.tokenCount
        }
        return (total, rightCount, tokens)
    }
}
