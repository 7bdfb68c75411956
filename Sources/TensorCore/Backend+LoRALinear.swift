extension Backend {
    /// `output = input W^T + b + scaling * dropout(input) A^T B^T`; `input` `[T, in]`, `output` `[T, out]`.
    public func loraLinear(
        _ input: Tensor, layer: LoRALinear, batch: PackedBatch, mask: DropoutMask?, workspace: Workspace,
        output: Tensor
    ) throws(BackendError) {
        OpProfile.measure(.products, flops: layer.flops(rows: input.rows)) {
            matmul(
                input, transposeLeft: false, layer.base.weight, transposeRight: true, alpha: 1, beta: 0,
                output: output)
            if let bias = layer.base.bias { addBias(bias, to: output) }
        }
        guard let adapter = layer.adapter else { return }
        try OpProfile.measure(.adapters) { () throws(BackendError) in
            try addAdapter(
                adapter, input: input, batch: batch, mask: mask, workspace: workspace, output: output)
        }
    }

    private func addAdapter(
        _ adapter: LoRAWeights, input: Tensor, batch: PackedBatch, mask: DropoutMask?, workspace: Workspace,
        output: Tensor
    ) throws(BackendError) {
        let mark = workspace.mark
        defer { workspace.release(to: mark) }
        let branch = try dropped(input, adapter: adapter, batch: batch, mask: mask, workspace: workspace)
        let low = try workspace.tensor(rows: input.rows, columns: adapter.loraA.rows)
        matmul(
            branch, transposeLeft: false, adapter.loraA, transposeRight: true, alpha: 1, beta: 0, output: low)
        matmul(
            low, transposeLeft: false, adapter.loraB, transposeRight: true, alpha: adapter.scaling, beta: 1,
            output: output)
    }

    /// Adds the adapter's gradients to their places and, if asked, sets `dInput = beta * dInput + gradient`.
    ///
    /// The low-rank product is computed again rather than kept: it is a hundredth of the layer.
    public func loraLinearBackward(
        dOutput: Tensor, input: Tensor, layer: LoRALinear, batch: PackedBatch, mask: DropoutMask?,
        workspace: Workspace, dInput: Tensor?, beta: Float
    ) throws(BackendError) {
        if let dInput {
            OpProfile.measure(.products, flops: layer.flops(rows: dOutput.rows)) {
                matmul(
                    dOutput, transposeLeft: false, layer.base.weight, transposeRight: false, alpha: 1,
                    beta: beta, output: dInput)
            }
        }
        guard let adapter = layer.adapter else { return }
        try OpProfile.measure(.adapters) { () throws(BackendError) in
            try addAdapterGradients(
                adapter, dOutput: dOutput, input: input, batch: batch, mask: mask, workspace: workspace,
                dInput: dInput)
        }
    }

    private func addAdapterGradients(
        _ adapter: LoRAWeights, dOutput: Tensor, input: Tensor, batch: PackedBatch, mask: DropoutMask?,
        workspace: Workspace, dInput: Tensor?
    ) throws(BackendError) {
        let mark = workspace.mark
        defer { workspace.release(to: mark) }
        let branch = try dropped(input, adapter: adapter, batch: batch, mask: mask, workspace: workspace)
        let low = try workspace.tensor(rows: input.rows, columns: adapter.loraA.rows)
        matmul(
            branch, transposeLeft: false, adapter.loraA, transposeRight: true, alpha: 1, beta: 0, output: low)
        // dB += scaling * dOutput^T low
        matmul(
            dOutput, transposeLeft: true, low, transposeRight: false, alpha: adapter.scaling, beta: 1,
            output: adapter.dLoraB)
        // dLow = scaling * dOutput B, in the place of low
        matmul(
            dOutput, transposeLeft: false, adapter.loraB, transposeRight: false, alpha: adapter.scaling,
            beta: 0,
            output: low)
        matmul(
            low, transposeLeft: true, branch, transposeRight: false, alpha: 1, beta: 1, output: adapter.dLoraA
        )
        guard let dInput else { return }
        guard let mask else {
            matmul(
                low, transposeLeft: false, adapter.loraA, transposeRight: false, alpha: 1, beta: 1,
                output: dInput)
            return
        }
        let dBranch = try workspace.tensor(rows: input.rows, columns: input.columns)
        matmul(
            low, transposeLeft: false, adapter.loraA, transposeRight: false, alpha: 1, beta: 0,
            output: dBranch)
        dropout(dBranch, mask: mask, module: adapter.module, batch: batch, output: dBranch)
        accumulate(dBranch, scale: 1, into: dInput)
    }

    private func dropped(
        _ input: Tensor, adapter: LoRAWeights, batch: PackedBatch, mask: DropoutMask?, workspace: Workspace
    ) throws(BackendError) -> Tensor {
        guard let mask else { return input }
        let output = try workspace.tensor(rows: input.rows, columns: input.columns)
        dropout(input, mask: mask, module: adapter.module, batch: batch, output: output)
        return output
    }
}
