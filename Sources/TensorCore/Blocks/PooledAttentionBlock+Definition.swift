/// What the default body of `pooledAttentionBlock` keeps.
private final class PooledAttentionActivations: KeptActivations, @unchecked Sendable {
    let input: NormedInput
    /// The queries of the pooled rows, `[B, H * C]`.
    let pooledQuery: Heads
    let key: Heads
    /// What attention sees: `[T, H * C]`, zero outside the pooled rows, and `[T, KV * C]`.
    let query, value: Tensor
    /// `[T, H * C]`, valid in the pooled rows only.
    let attended: Tensor
    /// `[T, H]`, fp32
    let logSumExp: Tensor
    /// The pooled rows of `attended`, `[B, H * C]`.
    let pooledAttended: Tensor
    let residual: ResidualSum
    /// Projections after bias and adapter: `[B, H * C]`, `[T, KV * C]`.
    let rawQuery, rawKey: Tensor

    init(
        _ hiddenStates: Tensor, block: AttentionBlock, output: Tensor, _ workspace: Workspace
    ) throws(BackendError) {
        let (T, B, shape) = (hiddenStates.rows, output.rows, block.shape)
        input = try NormedInput(hiddenStates, norm: block.norms.input, workspace)
        rawQuery = try workspace.tensor(rows: B, columns: shape.queryWidth)
        rawKey = try workspace.tensor(rows: T, columns: shape.keyWidth)
        query = try workspace.tensor(rows: T, columns: shape.queryWidth)
        value = try workspace.tensor(rows: T, columns: shape.keyWidth)
        attended = try workspace.tensor(rows: T, columns: shape.queryWidth)
        pooledAttended = try workspace.tensor(rows: B, columns: shape.queryWidth)
        logSumExp = try workspace.tensor(rows: T, columns: shape.queryHeads, elementType: .float32)
        pooledQuery = try Heads(
            raw: rawQuery, norm: block.queryNorm, headDim: shape.headDim, rotary: block.rotary, workspace)
        key = try Heads(
            raw: rawKey, norm: block.keyNorm, headDim: shape.headDim, rotary: block.rotary, workspace)
        residual = try ResidualSum(block.norms, output: output, workspace)
    }
}

extension Backend {
    /// The pooled rows of `attentionBlock`'s output.
    ///
    /// Only these rows are read after the last layer, so the others need keys and values only.
    ///
    /// - Parameters:
    ///   - hiddenStates: `[T, D]`; not changed, and needed again in the backward pass.
    ///   - output: `[B, D]`.
    public func pooledAttentionBlock(
        _ hiddenStates: Tensor, block: AttentionBlock, context: PassContext, output: Tensor
    ) throws(BackendError) -> KeptActivations {
        let (workspace, batch, pooled) = (context.workspace, context.batch, context.pooled)
        let mark = workspace.mark
        let kept = try PooledAttentionActivations(hiddenStates, block: block, output: output, workspace)
        let end = workspace.mark

        let normed = try kept.input.forward(on: self, context: context)
        let pooledNormed = try workspace.tensor(rows: output.rows, columns: normed.columns)
        gatherPooledRows(normed, batch: batch, output: pooledNormed)
        try loraLinear(pooledNormed, layer: block.qProj, context: pooled, output: kept.rawQuery)
        for (layer, result) in [(block.kProj, kept.rawKey), (block.vProj, kept.value)] {
            try loraLinear(normed, layer: layer, context: context, output: result)
        }
        kept.pooledQuery.forward(batch: pooled.batch, on: self, context: context)
        kept.key.forward(batch: batch, on: self, context: context)
        fill(kept.query, with: 0)
        scatterAddPooledRows(kept.pooledQuery.result, batch: batch, output: kept.query)
        context.measure(.attention) {
            attention(
                query: kept.query, key: kept.key.result, value: kept.value, shape: block.shape, batch: batch,
                output: kept.attended, logSumExp: kept.logSumExp)
        }
        gatherPooledRows(kept.attended, batch: batch, output: kept.pooledAttended)
        try loraLinear(
            kept.pooledAttended, layer: block.oProj, context: pooled, output: kept.residual.branchOutput)
        let pooledInput = try workspace.tensor(rows: output.rows, columns: output.columns)
        gatherPooledRows(hiddenStates, batch: batch, output: pooledInput)
        kept.residual.forward(adding: pooledInput, on: self, context: context)
        workspace.release(to: context.keepsActivations ? end : mark)
        return kept
    }

    /// Adds the adapters' gradients and sets `dHiddenStates` `[T, D]` to the gradient of the block's input.
    ///
    /// - Parameters:
    ///   - dPooled: the gradient of the block's output, `[B, D]`; it is overwritten.
    ///   - needsInputGradient: false if no layer below is trained: then `dHiddenStates` is left undefined.
    public func pooledAttentionBlockBackward(
        dPooled: Tensor, kept: KeptActivations, block: AttentionBlock, context: PassContext,
        dHiddenStates: Tensor, needsInputGradient: Bool
    ) throws(BackendError) {
        guard let kept = kept as? PooledAttentionActivations else {
            preconditionFailure("these activations are not the pooled attention block's")
        }
        let (workspace, batch, pooled, shape) = (
            context.workspace, context.batch, context.pooled, block.shape
        )
        let mark = workspace.mark
        defer { workspace.release(to: mark) }
        let (T, D, B) = (dHiddenStates.rows, dHiddenStates.columns, dPooled.rows)
        let dBranch = try kept.residual.backward(dPooled, on: self, context: context)
        let dPooledQuery = try workspace.tensor(rows: B, columns: shape.queryWidth)
        let dAttended = try workspace.tensor(rows: T, columns: shape.queryWidth)
        let dQuery = try workspace.tensor(rows: T, columns: shape.queryWidth)
        let dKey = try workspace.tensor(rows: T, columns: shape.keyWidth)
        let dValue = try workspace.tensor(rows: T, columns: shape.keyWidth)
        try loraLinearBackward(
            dOutput: dBranch, input: kept.pooledAttended, layer: block.oProj, context: pooled,
            dInput: dPooledQuery, beta: 0)
        fill(dAttended, with: 0)
        scatterAddPooledRows(dPooledQuery, batch: batch, output: dAttended)
        context.measure(.attention) {
            attentionBackward(
                dOutput: dAttended, query: kept.query, key: kept.key.result, value: kept.value,
                output: kept.attended, logSumExp: kept.logSumExp, shape: shape, batch: batch, dQuery: dQuery,
                dKey: dKey, dValue: dValue)
        }
        gatherPooledRows(dQuery, batch: batch, output: dPooledQuery)
        let dRawQuery = try kept.pooledQuery.backward(
            dPooledQuery, batch: pooled.batch, on: self, context: context)
        let dRawKey = try kept.key.backward(dKey, batch: batch, on: self, context: context)

        let normed = try kept.input.forward(on: self, context: context)
        let pooledNormed = try workspace.tensor(rows: B, columns: D)
        gatherPooledRows(normed, batch: batch, output: pooledNormed)
        let dNormed = needsInputGradient ? try workspace.tensor(rows: T, columns: D) : nil
        let dPooledNormed = needsInputGradient ? try workspace.tensor(rows: B, columns: D) : nil
        try loraLinearBackward(
            dOutput: dRawQuery, input: pooledNormed, layer: block.qProj, context: pooled,
            dInput: dPooledNormed, beta: 0)
        var beta: Float = 0
        for (layer, gradient) in [(block.kProj, dRawKey), (block.vProj, dValue)] {
            try loraLinearBackward(
                dOutput: gradient, input: normed, layer: layer, context: context, dInput: dNormed, beta: beta)
            beta = 1
        }
        guard let dNormed, let dPooledNormed else { return }
        scatterAddPooledRows(dPooledNormed, batch: batch, output: dNormed)
        fill(dHiddenStates, with: 0)
        scatterAddPooledRows(dPooled, batch: batch, output: dHiddenStates)
        kept.input.backward(dNormed, adding: dHiddenStates, on: self, context: context)
    }
}
