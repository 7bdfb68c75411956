/// What the feed-forward half of a layer keeps for its backward pass.
public struct MLPActivations: Sendable {
    /// The block's input, `[T, D]`.
    let input: Tensor
    /// `[T, 1]`
    let inverseRMS: Tensor
    /// `[T, F]`
    let gate, up: Tensor
    /// The block's output, `[T, D]`.
    public let output: Tensor
}

extension Backend {
    /// `output = x + downProj(silu(gateProj(n)) * upProj(n))`, `n = rmsNorm(x)`.
    public func mlpBlock(
        _ hiddenStates: Tensor, block: MLPBlock, context: PassContext
    ) throws(BackendError) -> MLPActivations {
        let (T, workspace) = (hiddenStates.rows, context.workspace)
        let output = try workspace.tensor(rows: T, columns: hiddenStates.columns)
        let mark = workspace.mark
        let inverseRMS = try workspace.tensor(rows: T, columns: 1)
        let gate = try workspace.tensor(rows: T, columns: block.gateProj.outputSize)
        let up = try workspace.tensor(rows: T, columns: block.upProj.outputSize)
        let kept = workspace.mark
        let normed = try workspace.tensor(rows: T, columns: hiddenStates.columns)
        OpProfile.measure(.norm) {
            rmsNorm(
                hiddenStates, weight: block.postAttentionNorm, eps: block.eps, output: normed,
                inverseRMS: inverseRMS)
        }
        for (layer, result) in [(block.gateProj, gate), (block.upProj, up)] {
            try loraLinear(
                normed, layer: layer, batch: context.batch, mask: context.mask, workspace: workspace,
                output: result)
        }
        let activated = try workspace.tensor(rows: T, columns: gate.columns)
        OpProfile.measure(.activation) {
            swiGLU(gate: gate, up: up, output: activated)
        }
        try loraLinear(
            activated, layer: block.downProj, batch: context.batch, mask: context.mask, workspace: workspace,
            output: output)
        OpProfile.measure(.residual) {
            accumulate(hiddenStates, scale: 1, into: output)
        }
        workspace.release(to: context.keepsActivations ? kept : mark)
        return MLPActivations(input: hiddenStates, inverseRMS: inverseRMS, gate: gate, up: up, output: output)
    }

    /// Turns the gradient of the block's output, in place, into that of its input, and adds the adapters' gradients.
    ///
    /// Uses up the activations: `gate` and `up` hold their gradients afterwards.
    public func mlpBlockBackward(
        dHiddenStates: Tensor, activations: MLPActivations, block: MLPBlock, context: PassContext
    ) throws(BackendError) {
        let workspace = context.workspace
        let mark = workspace.mark
        defer { workspace.release(to: mark) }
        let (T, gate, up) = (dHiddenStates.rows, activations.gate, activations.up)
        let dActivated = try workspace.tensor(rows: T, columns: gate.columns)
        // The product is needed for the adapter of downProj alone; without one the place goes unused.
        let activated = try block.downProj.adapter.map { _ throws(BackendError) in
            let activated = try workspace.tensor(rows: T, columns: gate.columns)
            OpProfile.measure(.activation) {
                swiGLU(gate: gate, up: up, output: activated)
            }
            return activated
        }
        try loraLinearBackward(
            dOutput: dHiddenStates, input: activated ?? gate, layer: block.downProj, batch: context.batch,
            mask: context.mask, workspace: workspace, dInput: dActivated, beta: 0)
        OpProfile.measure(.activation) {
            swiGLUBackward(dOutput: dActivated, gate: gate, up: up)
        }

        // The same with the normalised input and the adapters of gateProj and upProj.
        var normed = activations.input
        if block.gateProj.adapter != nil || block.upProj.adapter != nil {
            normed = try workspace.tensor(rows: T, columns: dHiddenStates.columns)
            OpProfile.measure(.norm) {
                rmsNorm(
                    activations.input, weight: block.postAttentionNorm, eps: block.eps, output: normed,
                    inverseRMS: activations.inverseRMS)
            }
        }
        let dNormed = try workspace.tensor(rows: T, columns: dHiddenStates.columns)
        var beta: Float = 0
        for (layer, gradient) in [(block.gateProj, gate), (block.upProj, up)] {
            try loraLinearBackward(
                dOutput: gradient, input: normed, layer: layer, batch: context.batch, mask: context.mask,
                workspace: workspace, dInput: dNormed, beta: beta)
            beta = 1
        }
        OpProfile.measure(.norm) {
            rmsNormBackward(
                dOutput: dNormed, input: activations.input, weight: block.postAttentionNorm,
                inverseRMS: activations.inverseRMS, dInput: dHiddenStates)
        }
    }
}
