/// What the attention half of the last layer keeps for its backward pass.
public struct PooledAttentionActivations: Sendable {
    /// The block's input, `[T, D]`.
    let input: Tensor
    /// `[T, 1]`
    let inverseRMS: Tensor
    /// The queries of the pooled rows before norm and rotation, `[B, H * C]`.
    let rawQuery: Tensor
    /// `[T, KV * C]`
    let rawKey: Tensor
    /// What attention sees: `[T, H * C]`, zero outside the pooled rows, and twice `[T, KV * C]`.
    let query, key, value: Tensor
    /// `[B * H, 1]` and `[T * KV, 1]`, with per-head norms.
    let queryInverseRMS, keyInverseRMS: Tensor?
    /// `[T, H * C]`, of use in the pooled rows only.
    let attended: Tensor
    /// `[T, H]`
    let logSumExp: Tensor
    /// The pooled rows of `attended`, `[B, H * C]`.
    let pooledAttended: Tensor
    /// The pooled rows of the block's output, `[B, D]`.
    public let output: Tensor
}

extension Backend {
    /// The pooled rows of `attentionBlock`'s output.
    ///
    /// Behind the last layer nothing but these rows is read, so only keys and values are needed of the others.
    public func pooledAttentionBlock(
        _ hiddenStates: Tensor, block: AttentionBlock, context: PassContext
    ) throws(BackendError) -> PooledAttentionActivations {
        let (shape, workspace, batch) = (block.shape, context.workspace, context.batch)
        let (T, D, B) = (hiddenStates.rows, hiddenStates.columns, batch.sequenceCount)
        let (queryWidth, keyWidth) = (shape.queryHeads * shape.headSize, shape.keyValueHeads * shape.headSize)
        let pooledBatch = batch.pooled
        let output = try workspace.tensor(rows: B, columns: D)
        let mark = workspace.mark
        let inverseRMS = try workspace.tensor(rows: T, columns: 1)
        let rawQuery = try workspace.tensor(rows: B, columns: queryWidth)
        let rawKey = try workspace.tensor(rows: T, columns: keyWidth)
        let query = try workspace.tensor(rows: T, columns: queryWidth)
        let value = try workspace.tensor(rows: T, columns: keyWidth)
        let attended = try workspace.tensor(rows: T, columns: queryWidth)
        let pooledAttended = try workspace.tensor(rows: B, columns: queryWidth)
        let logSumExp = try workspace.tensor(rows: T, columns: shape.queryHeads)
        let queryNorm = try NormedHeads(raw: rawQuery, weight: block.queryNorm, shape: shape, workspace)
        let keyNorm = try NormedHeads(raw: rawKey, weight: block.keyNorm, shape: shape, workspace)
        let kept = workspace.mark

        let normed = try workspace.tensor(rows: T, columns: D)
        let pooledNormed = try workspace.tensor(rows: B, columns: D)
        OpProfile.measure(.norm) {
            rmsNorm(
                hiddenStates, weight: block.inputNorm, eps: block.eps, output: normed, inverseRMS: inverseRMS)
        }
        gatherRows(normed, rows: batch.pooledRows, output: pooledNormed)
        try loraLinear(
            pooledNormed, layer: block.qProj, batch: pooledBatch, mask: context.mask, workspace: workspace,
            output: rawQuery)
        for (layer, result) in [(block.kProj, rawKey), (block.vProj, value)] {
            try loraLinear(
                normed, layer: layer, batch: batch, mask: context.mask, workspace: workspace, output: result)
        }
        queryNorm.forward(on: self, eps: block.eps)
        keyNorm.forward(on: self, eps: block.eps)
        OpProfile.measure(.rotation) {
            rope(queryNorm.result, table: block.rotary, batch: pooledBatch, inverse: false)
        }
        OpProfile.measure(.rotation) {
            rope(keyNorm.result, table: block.rotary, batch: batch, inverse: false)
        }
        fill(query, with: 0)
        scatterAddRows(queryNorm.result, rows: batch.pooledRows, output: query)
        OpProfile.measure(.attention) {
            attention(
                query: query, key: keyNorm.result, value: value, shape: shape, batch: batch, output: attended,
                logSumExp: logSumExp)
        }
        gatherRows(attended, rows: batch.pooledRows, output: pooledAttended)
        try loraLinear(
            pooledAttended, layer: block.oProj, batch: pooledBatch, mask: context.mask, workspace: workspace,
            output: output)
        let residual = try workspace.tensor(rows: B, columns: D)
        gatherRows(hiddenStates, rows: batch.pooledRows, output: residual)
        accumulate(residual, scale: 1, into: output)
        workspace.release(to: context.keepsActivations ? kept : mark)
        return PooledAttentionActivations(
            input: hiddenStates, inverseRMS: inverseRMS, rawQuery: rawQuery, rawKey: rawKey, query: query,
            key: keyNorm.result, value: value, queryInverseRMS: queryNorm.inverseRMS,
            keyInverseRMS: keyNorm.inverseRMS, attended: attended, logSumExp: logSumExp,
            pooledAttended: pooledAttended, output: output)
    }

    /// Adds the adapters' gradients and sets `dHiddenStates` `[T, D]` to the gradient of the block's input.
    ///
    /// - Parameters:
    ///   - dPooled: the gradient of the block's output, `[B, D]`.
    ///   - needsInputGradient: false below which nothing is trained: then `dHiddenStates` is left undefined.
    public func pooledAttentionBlockBackward(
        dPooled: Tensor, activations: PooledAttentionActivations, block: AttentionBlock, context: PassContext,
        dHiddenStates: Tensor, needsInputGradient: Bool
    ) throws(BackendError) {
        let (workspace, batch) = (context.workspace, context.batch)
        let mark = workspace.mark
        defer { workspace.release(to: mark) }
        let (T, D, B) = (dHiddenStates.rows, dHiddenStates.columns, dPooled.rows)
        let (queryWidth, keyWidth) = (activations.query.columns, activations.key.columns)
        let pooledBatch = batch.pooled
        let pooledGradient = try workspace.tensor(rows: B, columns: queryWidth)
        let dAttended = try workspace.tensor(rows: T, columns: queryWidth)
        let dQuery = try workspace.tensor(rows: T, columns: queryWidth)
        let dKey = try workspace.tensor(rows: T, columns: keyWidth)
        let dValue = try workspace.tensor(rows: T, columns: keyWidth)
        try loraLinearBackward(
            dOutput: dPooled, input: activations.pooledAttended, layer: block.oProj, batch: pooledBatch,
            mask: context.mask, workspace: workspace, dInput: pooledGradient, beta: 0)
        fill(dAttended, with: 0)
        scatterAddRows(pooledGradient, rows: batch.pooledRows, output: dAttended)
        OpProfile.measure(.attention) {
            attentionBackward(
                dOutput: dAttended, query: activations.query, key: activations.key, value: activations.value,
                output: activations.attended, logSumExp: activations.logSumExp, shape: block.shape,
                batch: batch,
                dQuery: dQuery, dKey: dKey, dValue: dValue)
        }
        gatherRows(dQuery, rows: batch.pooledRows, output: pooledGradient)
        OpProfile.measure(.rotation) {
            rope(pooledGradient, table: block.rotary, batch: pooledBatch, inverse: true)
        }
        OpProfile.measure(.rotation) {
            rope(dKey, table: block.rotary, batch: batch, inverse: true)
        }
        let dRawQuery = try normBackward(
            pooledGradient, raw: activations.rawQuery, weight: block.queryNorm,
            inverseRMS: activations.queryInverseRMS, headSize: block.shape.headSize, workspace)
        let dRawKey = try normBackward(
            dKey, raw: activations.rawKey, weight: block.keyNorm, inverseRMS: activations.keyInverseRMS,
            headSize: block.shape.headSize, workspace)

        let normed = try workspace.tensor(rows: T, columns: D)
        let pooledNormed = try workspace.tensor(rows: B, columns: D)
        OpProfile.measure(.norm) {
            rmsNorm(
                activations.input, weight: block.inputNorm, eps: block.eps, output: normed,
                inverseRMS: activations.inverseRMS)
        }
        gatherRows(normed, rows: batch.pooledRows, output: pooledNormed)
        let dNormed = needsInputGradient ? try workspace.tensor(rows: T, columns: D) : nil
        let dPooledNormed = needsInputGradient ? try workspace.tensor(rows: B, columns: D) : nil
        try loraLinearBackward(
            dOutput: dRawQuery, input: pooledNormed, layer: block.qProj, batch: pooledBatch,
            mask: context.mask, workspace: workspace, dInput: dPooledNormed, beta: 0)
        var beta: Float = 0
        for (layer, gradient) in [(block.kProj, dRawKey), (block.vProj, dValue)] {
            try loraLinearBackward(
                dOutput: gradient, input: normed, layer: layer, batch: batch, mask: context.mask,
                workspace: workspace, dInput: dNormed, beta: beta)
            beta = 1
        }
        guard let dNormed, let dPooledNormed else { return }
        scatterAddRows(dPooledNormed, rows: batch.pooledRows, output: dNormed)
        fill(dHiddenStates, with: 0)
        scatterAddRows(dPooled, rows: batch.pooledRows, output: dHiddenStates)
        OpProfile.measure(.norm) {
            rmsNormBackward(
                dOutput: dNormed, input: activations.input, weight: block.inputNorm,
                inverseRMS: activations.inverseRMS, dInput: dHiddenStates)
        }
    }
}
