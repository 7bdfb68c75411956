/// What the attention half of a layer keeps for its backward pass.
public struct AttentionActivations: Sendable {
    /// The block's input, `[T, D]`.
    let input: Tensor
    /// `[T, 1]`
    let inverseRMS: Tensor
    /// Projections after bias and adapter, before norm and rotation where there is a norm: `[T, H * C]`, `[T, KV * C]`.
    let rawQuery, rawKey: Tensor
    /// What attention sees: `[T, H * C]`, `[T, KV * C]`, `[T, KV * C]`.
    let query, key, value: Tensor
    /// `[T * H, 1]` and `[T * KV, 1]`, with per-head norms.
    let queryInverseRMS, keyInverseRMS: Tensor?
    /// `[T, H * C]`
    let attended: Tensor
    /// `[T, H]`
    let logSumExp: Tensor
    /// The block's output, `[T, D]`.
    public let output: Tensor
}

extension Backend {
    /// `output = x + oProj(attention(rope(norm(qProj(n))), rope(norm(kProj(n))), vProj(n)))`, `n = rmsNorm(x)`.
    public func attentionBlock(
        _ hiddenStates: Tensor, block: AttentionBlock, context: PassContext
    ) throws(BackendError) -> AttentionActivations {
        let (T, shape, workspace) = (hiddenStates.rows, block.shape, context.workspace)
        let queryWidth = shape.queryHeads * shape.headSize
        let keyWidth = shape.keyValueHeads * shape.headSize
        let output = try workspace.tensor(rows: T, columns: hiddenStates.columns)
        let mark = workspace.mark
        let inverseRMS = try workspace.tensor(rows: T, columns: 1)
        let rawQuery = try workspace.tensor(rows: T, columns: queryWidth)
        let rawKey = try workspace.tensor(rows: T, columns: keyWidth)
        let value = try workspace.tensor(rows: T, columns: keyWidth)
        let attended = try workspace.tensor(rows: T, columns: queryWidth)
        let logSumExp = try workspace.tensor(rows: T, columns: shape.queryHeads)
        let queryNorm = try NormedHeads(raw: rawQuery, weight: block.queryNorm, shape: shape, workspace)
        let keyNorm = try NormedHeads(raw: rawKey, weight: block.keyNorm, shape: shape, workspace)
        let kept = workspace.mark

        let normed = try workspace.tensor(rows: T, columns: hiddenStates.columns)
        OpProfile.measure(.norm) {
            rmsNorm(
                hiddenStates, weight: block.inputNorm, eps: block.eps, output: normed, inverseRMS: inverseRMS)
        }
        for (layer, result) in [(block.qProj, rawQuery), (block.kProj, rawKey), (block.vProj, value)] {
            try loraLinear(
                normed, layer: layer, batch: context.batch, mask: context.mask, workspace: workspace,
                output: result)
        }
        queryNorm.forward(on: self, eps: block.eps)
        keyNorm.forward(on: self, eps: block.eps)
        OpProfile.measure(.rotation) {
            rope(queryNorm.result, table: block.rotary, batch: context.batch, inverse: false)
        }
        OpProfile.measure(.rotation) {
            rope(keyNorm.result, table: block.rotary, batch: context.batch, inverse: false)
        }
        OpProfile.measure(.attention) {
            attention(
                query: queryNorm.result, key: keyNorm.result, value: value, shape: shape,
                batch: context.batch,
                output: attended, logSumExp: logSumExp)
        }
        try loraLinear(
            attended, layer: block.oProj, batch: context.batch, mask: context.mask, workspace: workspace,
            output: output)
        OpProfile.measure(.residual) {
            accumulate(hiddenStates, scale: 1, into: output)
        }
        workspace.release(to: context.keepsActivations ? kept : mark)
        return AttentionActivations(
            input: hiddenStates, inverseRMS: inverseRMS, rawQuery: rawQuery, rawKey: rawKey,
            query: queryNorm.result, key: keyNorm.result, value: value,
            queryInverseRMS: queryNorm.inverseRMS, keyInverseRMS: keyNorm.inverseRMS, attended: attended,
            logSumExp: logSumExp, output: output)
    }

    /// Turns the gradient of the block's output, in place, into that of its input, and adds the adapters' gradients.
    ///
    /// - Parameter needsInputGradient: false below which nothing is trained: then `dHiddenStates` is left undefined.
    public func attentionBlockBackward(
        dHiddenStates: Tensor, activations: AttentionActivations, block: AttentionBlock, context: PassContext,
        needsInputGradient: Bool
    ) throws(BackendError) {
        let workspace = context.workspace
        let mark = workspace.mark
        defer { workspace.release(to: mark) }
        let T = dHiddenStates.rows
        let dAttended = try workspace.tensor(rows: T, columns: activations.attended.columns)
        let dQuery = try workspace.tensor(rows: T, columns: activations.query.columns)
        let dKey = try workspace.tensor(rows: T, columns: activations.key.columns)
        let dValue = try workspace.tensor(rows: T, columns: activations.value.columns)
        try loraLinearBackward(
            dOutput: dHiddenStates, input: activations.attended, layer: block.oProj, batch: context.batch,
            mask: context.mask, workspace: workspace, dInput: dAttended, beta: 0)
        OpProfile.measure(.attention) {
            attentionBackward(
                dOutput: dAttended, query: activations.query, key: activations.key, value: activations.value,
                output: activations.attended, logSumExp: activations.logSumExp, shape: block.shape,
                batch: context.batch, dQuery: dQuery, dKey: dKey, dValue: dValue)
        }
        OpProfile.measure(.rotation) {
            rope(dQuery, table: block.rotary, batch: context.batch, inverse: true)
        }
        OpProfile.measure(.rotation) {
            rope(dKey, table: block.rotary, batch: context.batch, inverse: true)
        }
        let dRawQuery = try normBackward(
            dQuery, raw: activations.rawQuery, weight: block.queryNorm,
            inverseRMS: activations.queryInverseRMS, headSize: block.shape.headSize, workspace)
        let dRawKey = try normBackward(
            dKey, raw: activations.rawKey, weight: block.keyNorm, inverseRMS: activations.keyInverseRMS,
            headSize: block.shape.headSize, workspace)

        // The normalised input is computed again: keeping it would cost D floats a row and layer.
        let normed = try workspace.tensor(rows: T, columns: dHiddenStates.columns)
        OpProfile.measure(.norm) {
            rmsNorm(
                activations.input, weight: block.inputNorm, eps: block.eps, output: normed,
                inverseRMS: activations.inverseRMS)
        }
        let dNormed = needsInputGradient ? try workspace.tensor(rows: T, columns: normed.columns) : nil
        var beta: Float = 0
        for (layer, gradient) in [(block.qProj, dRawQuery), (block.kProj, dRawKey), (block.vProj, dValue)] {
            try loraLinearBackward(
                dOutput: gradient, input: normed, layer: layer, batch: context.batch, mask: context.mask,
                workspace: workspace, dInput: dNormed, beta: beta)
            beta = 1
        }
        guard let dNormed else { return }
        OpProfile.measure(.norm) {
            rmsNormBackward(
                dOutput: dNormed, input: activations.input, weight: block.inputNorm,
                inverseRMS: activations.inverseRMS, dInput: dHiddenStates)
        }
    }

    /// The gradient before the per-head norm; the gradient itself where there is none.
    func normBackward(
        _ gradient: Tensor, raw: Tensor, weight: Tensor?, inverseRMS: Tensor?, headSize: Int,
        _ workspace: Workspace
    ) throws(BackendError) -> Tensor {
        guard let weight, let inverseRMS else { return gradient }
        let result = try workspace.tensor(rows: raw.rows, columns: raw.columns)
        fill(result, with: 0)
        let heads = raw.count / headSize
        OpProfile.measure(.norm) {
            rmsNormBackward(
                dOutput: gradient.reshaped(rows: heads, columns: headSize),
                input: raw.reshaped(rows: heads, columns: headSize), weight: weight, inverseRMS: inverseRMS,
                dInput: result.reshaped(rows: heads, columns: headSize))
        }
        return result
    }
}

/// Queries or keys with their optional per-head norm (Qwen3). Without one, the raw projection is the result.
struct NormedHeads {
    let raw: Tensor
    let weight: Tensor?
    let result: Tensor
    let inverseRMS: Tensor?
    let headSize: Int

    init(raw: Tensor, weight: Tensor?, shape: AttentionShape, _ workspace: Workspace) throws(BackendError) {
        self.raw = raw
        self.weight = weight
        headSize = shape.headSize
        if weight == nil {
            result = raw
            inverseRMS = nil
        } else {
            result = try workspace.tensor(rows: raw.rows, columns: raw.columns)
            inverseRMS = try workspace.tensor(rows: raw.count / headSize, columns: 1)
        }
    }

    func forward(on backend: some Backend, eps: Float) {
        guard let weight, let inverseRMS else { return }
        let heads = raw.count / headSize
        backend.rmsNorm(
            raw.reshaped(rows: heads, columns: headSize), weight: weight, eps: eps,
            output: result.reshaped(rows: heads, columns: headSize), inverseRMS: inverseRMS)
    }
}
