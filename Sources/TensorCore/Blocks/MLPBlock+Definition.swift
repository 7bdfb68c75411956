/// What the default body of `mlpBlock` keeps.
private final class MLPActivations: KeptActivations, @unchecked Sendable {
    let input: NormedInput
    /// `[T, F]`; nil in a plain feed-forward layer.
    let gate: Tensor?
    /// `[T, F]`
    let up: Tensor
    let residual: ResidualSum

    init(
        _ hiddenStates: Tensor, block: MLPBlock, output: Tensor, _ workspace: Workspace
    ) throws(BackendError) {
        let T = hiddenStates.rows
        input = try NormedInput(hiddenStates, norm: block.norms.input, workspace)
        gate = try block.gateProj.map { layer throws(BackendError) in
            try workspace.tensor(rows: T, columns: layer.outputSize)
        }
        up = try workspace.tensor(rows: T, columns: block.upProj.outputSize)
        residual = try ResidualSum(block.norms, output: output, workspace)
    }

    /// The projections of the input, and the memory that keeps each.
    func projections(_ block: MLPBlock) -> [(layer: LoRALinear, result: Tensor)] {
        guard let gate, let gateProj = block.gateProj else { return [(block.upProj, up)] }
        return [(gateProj, gate), (block.upProj, up)]
    }

    /// The input of `downProj`.
    func activate(_ block: MLPBlock, output: Tensor, on backend: any Backend, context: PassContext) {
        context.measure(.activation) {
            if let gate {
                backend.gatedActivation(block.activation, gate: gate, up: up, output: output)
            } else {
                backend.activation(block.activation, up, output: output)
            }
        }
    }

    /// Overwrites `gate` and `up` with their gradients.
    func activateBackward(_ dOutput: Tensor, _ block: MLPBlock, on backend: any Backend, context: PassContext)
    {
        context.measure(.activation) {
            if let gate {
                backend.gatedActivationBackward(block.activation, dOutput: dOutput, gate: gate, up: up)
            } else {
                backend.activationBackward(block.activation, dOutput: dOutput, input: up)
            }
        }
    }
}

extension Backend {
    /// `output = x + downProj(act(gateProj(n)) * upProj(n))`, `n = norm(x)`;
    /// `downProj(act(upProj(n)))` without a gate. The norms that the block does not have are left out.
    ///
    /// - Parameters:
    ///   - hiddenStates: `[T, D]`; not changed, and needed again in the backward pass.
    ///   - output: `[T, D]`.
    public func mlpBlock(
        _ hiddenStates: Tensor, block: MLPBlock, context: PassContext, output: Tensor
    ) throws(BackendError) -> KeptActivations {
        let workspace = context.workspace
        let mark = workspace.mark
        let kept = try MLPActivations(hiddenStates, block: block, output: output, workspace)
        let end = workspace.mark
        let normed = try kept.input.forward(on: self, context: context)
        let activated = try workspace.tensor(rows: kept.up.rows, columns: kept.up.columns)
        if let gate = kept.gate, let gateProj = block.gateProj {
            try gatedLinear(
                normed, gateProj: gateProj, upProj: block.upProj, activation: block.activation,
                context: context, gate: gate, up: kept.up, output: activated)
        } else {
            try loraLinear(normed, layer: block.upProj, context: context, output: kept.up)
            kept.activate(block, output: activated, on: self, context: context)
        }
        try loraLinear(
            activated, layer: block.downProj, context: context, output: kept.residual.branchOutput)
        kept.residual.forward(adding: hiddenStates, on: self, context: context)
        workspace.release(to: context.keepsActivations ? end : mark)
        return kept
    }

    /// Turns the gradient of the block's output, in place, into that of its input, and adds the adapters' gradients.
    ///
    /// Overwrites what was kept.
    public func mlpBlockBackward(
        dHiddenStates: Tensor, kept: KeptActivations, block: MLPBlock, context: PassContext
    ) throws(BackendError) {
        guard let kept = kept as? MLPActivations else {
            preconditionFailure("these activations are not the MLP block's")
        }
        let workspace = context.workspace
        let mark = workspace.mark
        defer { workspace.release(to: mark) }
        let dBranch = try kept.residual.backward(dHiddenStates, on: self, context: context)
        let dActivated = try workspace.tensor(rows: kept.up.rows, columns: kept.up.columns)
        // Only an adapter of downProj needs its input; without one the argument is not used.
        var activated = kept.up
        if block.downProj.adapter != nil {
            activated = try workspace.tensor(rows: kept.up.rows, columns: kept.up.columns)
            kept.activate(block, output: activated, on: self, context: context)
        }
        try loraLinearBackward(
            dOutput: dBranch, input: activated, layer: block.downProj, context: context, dInput: dActivated,
            beta: 0)
        kept.activateBackward(dActivated, block, on: self, context: context)

        // The same with the normalised input and the adapters of gateProj and upProj.
        let projections = kept.projections(block)
        let needsInput = projections.contains { $0.layer.adapter != nil }
        let normed = needsInput ? try kept.input.forward(on: self, context: context) : kept.input.input
        let dNormed = try workspace.tensor(rows: dHiddenStates.rows, columns: dHiddenStates.columns)
        var beta: Float = 0
        for (layer, gradient) in projections {
            try loraLinearBackward(
                dOutput: gradient, input: normed, layer: layer, context: context, dInput: dNormed, beta: beta)
            beta = 1
        }
        kept.input.backward(dNormed, adding: dHiddenStates, on: self, context: context)
    }
}
