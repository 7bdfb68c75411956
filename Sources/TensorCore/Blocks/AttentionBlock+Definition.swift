/// What the default body of `attentionBlock` keeps.
private final class AttentionActivations: KeptActivations, @unchecked Sendable {
    let input: NormedInput
    let query, key: Heads
    /// `[T, KV * C]`
    let value: Tensor
    /// `[T, H * C]`
    let attended: Tensor
    /// `[T, H]`, fp32
    let logSumExp: Tensor
    let residual: ResidualSum

    init(
        _ hiddenStates: Tensor, block: AttentionBlock, output: Tensor, _ workspace: Workspace
    ) throws(BackendError) {
        let (T, shape) = (hiddenStates.rows, block.shape)
        input = try NormedInput(hiddenStates, norm: block.norms.input, workspace)
        let rawQuery = try workspace.tensor(rows: T, columns: shape.queryWidth)
        let rawKey = try workspace.tensor(rows: T, columns: shape.keyWidth)
        value = try workspace.tensor(rows: T, columns: shape.keyWidth)
        attended = try workspace.tensor(rows: T, columns: shape.queryWidth)
        logSumExp = try workspace.tensor(rows: T, columns: shape.queryHeads, elementType: .float32)
        query = try Heads(
            raw: rawQuery, norm: block.queryNorm, headDim: shape.headDim, rotary: block.rotary, workspace)
        key = try Heads(
            raw: rawKey, norm: block.keyNorm, headDim: shape.headDim, rotary: block.rotary, workspace)
        residual = try ResidualSum(block.norms, output: output, workspace)
        self.rawQuery = rawQuery
        self.rawKey = rawKey
    }

    /// Projections after bias and adapter: `[T, H * C]`, `[T, KV * C]`.
    let rawQuery, rawKey: Tensor
}

extension Backend {
    /// `output = x + oProj(attention(rotary(norm(qProj(n))), rotary(norm(kProj(n))), vProj(n)))`, `n = norm(x)`. The
    /// norms that the block does not have are left out.
    ///
    /// - Parameters:
    ///   - hiddenStates: `[T, D]`; not changed, and needed again in the backward pass.
    ///   - output: `[T, D]`.
    /// - Returns: what the backward pass needs; without use if the context keeps nothing.
    public func attentionBlock(
        _ hiddenStates: Tensor, block: AttentionBlock, context: PassContext, output: Tensor
    ) throws(BackendError) -> KeptActivations {
        let workspace = context.workspace
        let mark = workspace.mark
        let kept = try AttentionActivations(hiddenStates, block: block, output: output, workspace)
        let end = workspace.mark

        let normed = try kept.input.forward(on: self, context: context)
        for (layer, result) in [
            (block.qProj, kept.rawQuery), (block.kProj, kept.rawKey), (block.vProj, kept.value),
        ] {
            try loraLinear(normed, layer: layer, context: context, output: result)
        }
        kept.query.forward(batch: context.batch, on: self, context: context)
        kept.key.forward(batch: context.batch, on: self, context: context)
        context.measure(.attention) {
            attention(
                query: kept.query.result, key: kept.key.result, value: kept.value, shape: block.shape,
                batch: context.batch, output: kept.attended, logSumExp: kept.logSumExp)
        }
        try loraLinear(
            kept.attended, layer: block.oProj, context: context, output: kept.residual.branchOutput)
        kept.residual.forward(adding: hiddenStates, on: self, context: context)
        workspace.release(to: context.keepsActivations ? end : mark)
        return kept
    }

    /// Turns the gradient of the block's output, in place, into that of its input, and adds the adapters' gradients.
    ///
    /// - Parameter needsInputGradient: false if no layer below is trained: then `dHiddenStates` is left undefined.
    public func attentionBlockBackward(
        dHiddenStates: Tensor, kept: KeptActivations, block: AttentionBlock, context: PassContext,
        needsInputGradient: Bool
    ) throws(BackendError) {
        guard let kept = kept as? AttentionActivations else {
            preconditionFailure("these activations are not the attention block's")
        }
        let workspace = context.workspace
        let mark = workspace.mark
        defer { workspace.release(to: mark) }
        let (T, shape) = (dHiddenStates.rows, block.shape)
        let dBranch = try kept.residual.backward(dHiddenStates, on: self, context: context)
        let dAttended = try workspace.tensor(rows: T, columns: shape.queryWidth)
        let dQuery = try workspace.tensor(rows: T, columns: shape.queryWidth)
        let dKey = try workspace.tensor(rows: T, columns: shape.keyWidth)
        let dValue = try workspace.tensor(rows: T, columns: shape.keyWidth)
        try loraLinearBackward(
            dOutput: dBranch, input: kept.attended, layer: block.oProj, context: context, dInput: dAttended,
            beta: 0)
        context.measure(.attention) {
            attentionBackward(
                dOutput: dAttended, query: kept.query.result, key: kept.key.result, value: kept.value,
                output: kept.attended, logSumExp: kept.logSumExp, shape: shape, batch: context.batch,
                dQuery: dQuery, dKey: dKey, dValue: dValue)
        }
        let dRawQuery = try kept.query.backward(dQuery, batch: context.batch, on: self, context: context)
        let dRawKey = try kept.key.backward(dKey, batch: context.batch, on: self, context: context)

        let normed = try kept.input.forward(on: self, context: context)
        let dNormed = needsInputGradient ? try workspace.tensor(rows: T, columns: normed.columns) : nil
        var beta: Float = 0
        for (layer, gradient) in [(block.qProj, dRawQuery), (block.kProj, dRawKey), (block.vProj, dValue)] {
            try loraLinearBackward(
                dOutput: gradient, input: normed, layer: layer, context: context, dInput: dNormed, beta: beta)
            beta = 1
        }
        guard let dNormed else { return }
        kept.input.backward(dNormed, adding: dHiddenStates, on: self, context: context)
    }
}
