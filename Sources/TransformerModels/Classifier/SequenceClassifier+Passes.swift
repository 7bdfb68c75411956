public import TensorCore

/// What a training pass over a micro-batch gives, beside the gradients it adds to the store.
public struct MicroBatchResult: Sendable {
    /// This micro-batch's share of the effective batch's mean loss.
    public let loss: Double
    /// `[B, K]`, row by row.
    public let logits: [Float]
}

extension SequenceClassifier {
    /// The logits of a batch, `[B, K]` row by row.
    public func logits(_ batch: PackedBatch, workspace: Workspace) throws -> [Float] {
        try checkLength(batch)
        workspace.reset()
        let context = PassContext(batch: batch, mask: nil, workspace: workspace, keepsActivations: false)
        let hiddenStates = try embed(context)
        for layer in layers {
            let mark = workspace.mark
            let attended = try backend.attentionBlock(hiddenStates, block: layer.attention, context: context)
            let output = try backend.mlpBlock(attended.output, block: layer.mlp, context: context).output
            backend.copy(output, to: hiddenStates)
            workspace.release(to: mark)
        }
        return backend.values(of: try backend.headBlock(hiddenStates, block: head, context: context).logits)
    }

    /// Runs a micro-batch forward and backward and adds its gradients to the store.
    ///
    /// - Parameters:
    ///   - normalizer: the loss function's normalizer of the whole effective batch.
    ///   - mask: the step's dropout masks, or nil without dropout.
    public func forwardBackward(
        _ batch: PackedBatch, targets: LossTargets, loss: LossFunction, normalizer: Double,
        mask: DropoutMask?,
        workspace: Workspace
    ) throws -> MicroBatchResult {
        try checkLength(batch)
        workspace.reset()
        let context = PassContext(batch: batch, mask: mask, workspace: workspace, keepsActivations: true)
        var hiddenStates = try embed(context)
        var kept: [(AttentionActivations, MLPActivations)] = []
        for layer in layers {
            let attended = try backend.attentionBlock(hiddenStates, block: layer.attention, context: context)
            let output = try backend.mlpBlock(attended.output, block: layer.mlp, context: context)
            kept.append((attended, output))
            hiddenStates = output.output
        }
        let headActivations = try OpProfile.measure(.head) {
            try backend.headBlock(hiddenStates, block: head, context: context)
        }
        let logits = backend.values(of: headActivations.logits)
        let result = OpProfile.measure(.loss) {
            loss.evaluate(logits: logits, targets: targets, numLabels: numLabels, normalizer: normalizer)
        }
        try OpProfile.pass(.backward) {
            try backward(
                dLogits: result.dLogits, head: headActivations, layers: kept, context: context)
        }
        return MicroBatchResult(loss: result.loss, logits: logits)
    }

    /// Adds all gradients to the store, from the head down to the first trained layer.
    private func backward(
        dLogits values: [Float], head headActivations: HeadActivations,
        layers kept: [(AttentionActivations, MLPActivations)], context: PassContext
    ) throws {
        let (batch, workspace) = (context.batch, context.workspace)

        let dLogits = try workspace.tensor(rows: batch.sequenceCount, columns: numLabels)
        values.withUnsafeBufferPointer { backend.upload($0, to: dLogits) }
        let dHiddenStates = try workspace.tensor(rows: batch.tokenCount, columns: base.config.hiddenSize)
        try OpProfile.measure(.head) {
            try backend.headBlockBackward(
                dLogits: dLogits, activations: headActivations, block: head, context: context,
                dHiddenStates: dHiddenStates)
        }
        for index in layers.indices.reversed() where index >= firstTrainedLayer {
            let (attended, output) = kept[index]
            try backend.mlpBlockBackward(
                dHiddenStates: dHiddenStates, activations: output, block: layers[index].mlp, context: context)
            try backend.attentionBlockBackward(
                dHiddenStates: dHiddenStates, activations: attended, block: layers[index].attention,
                context: context, needsInputGradient: index > firstTrainedLayer)
        }
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
        OpProfile.measure(.embedding) {
            backend.embedding(table: base.embedding, batch: context.batch, output: output)
        }
        return output
    }

    private func checkLength(_ batch: PackedBatch) throws {
        let limit = layers.first?.attention.rotary.cosines.rows ?? 0
        guard batch.longestSequence <= limit else {
            throw ModelError.sequenceTooLong(length: batch.longestSequence, limit: limit)
        }
    }
}
