extension Backend {
    /// `output = input W^T + b + scaling * dropout(input) A^T B^T`; `input` `[T, in]`, `output` `[T, out]`.
    public func loraLinear(
        _ input: Tensor, layer: LoRALinear, context: PassContext, output: Tensor
    ) throws(BackendError) {
        context.measure(.products, flops: layer.flops(rows: input.rows)) {
            product(input, layer.base.weight, transposed: true, beta: 0, output: output)
            if let bias = layer.base.bias { addBias(bias, to: output) }
        }
        guard let adapter = layer.adapter else { return }
        try context.measure(.adapters) { () throws(BackendError) in
            let mark = context.workspace.mark
            defer { context.workspace.release(to: mark) }
            let (_, low) = try lowRank(adapter, input: input, context: context)
            matmul(
                low, transposeLeft: false, adapter.loraB, transposeRight: true, alpha: adapter.scaling,
                beta: 1, output: output)
        }
    }

    /// Adds the adapter's gradients to its gradient tensors and, if asked, sets `dInput = beta * dInput + gradient`.
    ///
    /// The low-rank product is computed again instead of kept: it costs a hundredth of the layer.
    public func loraLinearBackward(
        dOutput: Tensor, input: Tensor, layer: LoRALinear, context: PassContext, dInput: Tensor?, beta: Float
    ) throws(BackendError) {
        if let dInput {
            context.measure(.products, flops: layer.flops(rows: dOutput.rows)) {
                product(dOutput, layer.base.weight, transposed: false, beta: beta, output: dInput)
            }
        }
        guard let adapter = layer.adapter else { return }
        try context.measure(.adapters) { () throws(BackendError) in
            try addAdapterGradients(
                adapter, dOutput: dOutput, input: input, context: context, dInput: dInput)
        }
    }

    private func addAdapterGradients(
        _ adapter: LoRAWeights, dOutput: Tensor, input: Tensor, context: PassContext, dInput: Tensor?
    ) throws(BackendError) {
        let workspace = context.workspace
        let mark = workspace.mark
        defer { workspace.release(to: mark) }
        let (branch, low) = try lowRank(adapter, input: input, context: context)
        // dB += scaling * dOutput^T low
        matmul(
            dOutput, transposeLeft: true, low, transposeRight: false, alpha: adapter.scaling, beta: 1,
            output: adapter.dLoraB)
        // dLow = scaling * dOutput B, in the memory of low
        matmul(
            dOutput, transposeLeft: false, adapter.loraB, transposeRight: false, alpha: adapter.scaling,
            beta: 0, output: low)
        matmul(
            low, transposeLeft: true, branch, transposeRight: false, alpha: 1, beta: 1, output: adapter.dLoraA
        )
        guard let dInput else { return }
        guard let mask = context.mask else {
            matmul(
                low, transposeLeft: false, adapter.loraA, transposeRight: false, alpha: 1, beta: 1,
                output: dInput)
            return
        }
        let dBranch = try workspace.tensor(rows: input.rows, columns: input.columns)
        matmul(
            low, transposeLeft: false, adapter.loraA, transposeRight: false, alpha: 1, beta: 0,
            output: dBranch)
        dropout(dBranch, mask: mask, module: adapter.module, batch: context.batch, output: dBranch)
        accumulate(dBranch, scale: 1, into: dInput)
    }

    /// The adapter's input after dropout, and its product with A, `[T, R]`.
    private func lowRank(
        _ adapter: LoRAWeights, input: Tensor, context: PassContext
    ) throws(BackendError) -> (branch: Tensor, low: Tensor) {
        var branch = input
        if let mask = context.mask {
            branch = try context.workspace.tensor(rows: input.rows, columns: input.columns)
            dropout(input, mask: mask, module: adapter.module, batch: context.batch, output: branch)
        }
        let low = try context.workspace.tensor(rows: input.rows, columns: adapter.loraA.rows)
        matmul(
            branch, transposeLeft: false, adapter.loraA, transposeRight: true, alpha: 1, beta: 0, output: low)
        return (branch, low)
    }
}
