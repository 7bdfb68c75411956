public import TensorCore

extension SequenceClassifier {
    /// The logits of a batch, `[B, K]` row by row.
    public func logits(_ batch: PackedBatch, workspace: Workspace) throws -> [Float] {
        let rotary = try rotaryTable(for: batch)
        workspace.reset()
        let context = PassContext(
            batch: try backend.prepare(batch), mask: nil, workspace: workspace, keepsActivations: false)
        var pass = ForwardPass(model: self, context: context, rotary: rotary)
        return backend.values(of: try pass.logits())
    }

    /// Packs sequences for this model.
    ///
    /// - Parameter padTokenID: the id that pooling skips; nil if there is none.
    public func pack(_ sequences: [TokenSequence], padTokenID: Int32?) -> PackedBatch {
        PackedBatch(sequences, padTokenID: padTokenID, pooling: base.config.pooling)
    }

    /// Runs a micro-batch forward and backward and adds its gradients to the store and its loss to the totals.
    ///
    /// - Parameters:
    ///   - normalizer: the loss function's normalizer of the whole effective batch.
    ///   - mask: the step's dropout masks, or nil without dropout.
    ///   - recomputesLayers: keeps only the inputs of the layers and computes each layer again in the backward pass:
    ///     the same numbers in a fraction of the memory, for half as much work again.
    /// - Returns: the logits, `[B, K]`, valid until the workspace is used again.
    @discardableResult
    public func forwardBackward(
        _ batch: PackedBatch, targets: LossTargets, loss: LossFunction, normalizer: Double,
        totals: LossTotals, mask: DropoutMask?, workspace: Workspace, recomputesLayers: Bool = false,
        profile: OperationProfile? = nil
    ) throws -> Tensor {
        let rotary = try rotaryTable(for: batch)
        workspace.reset()
        let prepared = try profile.measure(.batching) { try backend.prepare(batch) }
        let context = PassContext(
            batch: prepared, mask: mask, workspace: workspace, keepsActivations: true, profile: profile)
        var pass = ForwardPass(
            model: self, context: context, rotary: rotary, recomputesLayers: recomputesLayers)
        let logits = try pass.logits()
        let dLogits = try workspace.tensor(rows: logits.rows, columns: logits.columns, elementType: .float32)
        profile.measure(.loss) {
            backend.classificationLoss(
                logits: logits, targets: targets, loss: loss, normalizer: normalizer, dLogits: dLogits,
                totals: totals)
        }
        try profile.pass(.backward) { try BackwardPass(pass).run(dLogits: dLogits) }
        return logits
    }

    /// The rotary table that a batch needs; nil for a model with other positions.
    private func rotaryTable(for batch: PackedBatch) throws -> RotaryTable? {
        guard batch.longestSequence <= maxSequenceLength else {
            throw ModelError.sequenceTooLong(length: batch.longestSequence, limit: maxSequenceLength)
        }
        return try rotary?.table(positions: batch.longestSequence)
    }
}
