public import TensorCore

/// What a training pass over a micro-batch gives, beside the gradients it adds to the store.
public struct MicroBatchResult: Sendable {
    /// This micro-batch's share of the effective batch's mean loss.
    public let loss: Double
    /// `[B, K]`, row by row.
    public let logits: [Float]
}

/// What the last layer keeps for its backward pass.
struct LastLayerActivations {
    let attention: PooledAttentionActivations
    let mlp: MLPActivations
}

extension SequenceClassifier {
    /// The logits of a batch, `[B, K]` row by row.
    public func logits(_ batch: PackedBatch, workspace: Workspace) throws -> [Float] {
        try checkLength(batch)
        workspace.reset()
        let context = PassContext(batch: batch, mask: nil, workspace: workspace, keepsActivations: false)
        let hiddenStates = try embed(context)
        for layer in layers.dropLast() { try advance(hiddenStates, through: layer, context: context) }
        let pooled = try lastLayer(hiddenStates, context: context).mlp.output
        return backend.values(
            of: try backend.headBlock(pooled, block: head, context: context.pooled).logits)
    }

    /// Runs a micro-batch forward and backward and adds its gradients to the store.
    ///
    /// - Parameters:
    ///   - normalizer: the loss function's normalizer of the whole effective batch.
    ///   - mask: the step's dropout masks, or nil without dropout.
    ///   - recomputesLayers: keeps only the inputs of the layers and computes each layer once more on the way back:
    ///     the same numbers in a fraction of the memory, and half as much work again.
    public func forwardBackward(
        _ batch: PackedBatch, targets: LossTargets, loss: LossFunction, normalizer: Double,
        mask: DropoutMask?, workspace: Workspace, recomputesLayers: Bool = false
    ) throws -> MicroBatchResult {
        try checkLength(batch)
        workspace.reset()
        let context = PassContext(batch: batch, mask: mask, workspace: workspace, keepsActivations: true)
        var pass = TrainingPass(
            model: self, context: context, recomputesLayers: recomputesLayers, input: try embed(context))
        let headActivations = try pass.forward()
        let logits = backend.values(of: headActivations.logits)
        let result = OpProfile.measure(.loss) {
            loss.evaluate(logits: logits, targets: targets, numLabels: numLabels, normalizer: normalizer)
        }
        try OpProfile.pass(.backward) { try pass.backward(dLogits: result.dLogits, head: headActivations) }
        return MicroBatchResult(loss: result.loss, logits: logits)
    }

    /// The pooled rows behind the last layer.
    func lastLayer(_ hiddenStates: Tensor, context: PassContext) throws -> LastLayerActivations {
        let layer = layers[layers.count - 1]
        let attention = try backend.pooledAttentionBlock(
            hiddenStates, block: layer.attention, context: context)
        return LastLayerActivations(
            attention: attention,
            mlp: try backend.mlpBlock(attention.output, block: layer.mlp, context: context.pooled))
    }

    /// Replaces hidden states by those behind a layer, and keeps nothing.
    func advance(_ hiddenStates: Tensor, through layer: Layer, context: PassContext) throws {
        let context = context.keepingNothing
        let mark = context.workspace.mark
        let attended = try backend.attentionBlock(hiddenStates, block: layer.attention, context: context)
        let output = try backend.mlpBlock(attended.output, block: layer.mlp, context: context).output
        backend.copy(output, to: hiddenStates)
        context.workspace.release(to: mark)
    }

    /// The dropout masks of every adapted module over a batch's rows, `[T, in]` each, by the module's path.
    ///
    /// For comparison with an implementation that takes its masks from outside.
    package func dropoutMasks(_ batch: PackedBatch, mask: DropoutMask) -> [(
        path: String, columns: Int, values: [Float]
    )] {
        plan.entries.map { entry in
            let columns = entry.kind.shape(base.config).columns
            var values = [Float](repeating: 0, count: batch.tokenCount * columns)
            for row in 0..<batch.tokenCount {
                for feature in 0..<columns {
                    let factors = mask.factors(
                        sample: batch.sampleIDs[row], token: batch.positions[row], module: entry.module,
                        featureBlock: feature / 4)
                    values[row * columns + feature] = factors[feature % 4]
                }
            }
            return (entry.kind.path(layer: entry.layer), columns, values)
        }
    }

    private func embed(_ context: PassContext) throws -> Tensor {
        let output = try context.workspace.tensor(
            rows: context.batch.tokenCount, columns: base.config.hiddenSize)
        backend.embedding(table: base.embedding, batch: context.batch, output: output)
        return output
    }

    private func checkLength(_ batch: PackedBatch) throws {
        let limit = layers.first?.attention.rotary.cosines.rows ?? 0
        guard batch.longestSequence <= limit else {
            throw ModelError.sequenceTooLong(length: batch.longestSequence, limit: limit)
        }
    }
}
