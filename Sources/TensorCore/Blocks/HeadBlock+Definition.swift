/// What the default body of `headBlock` keeps.
private final class HeadActivations: KeptActivations, @unchecked Sendable {
    let pooled: NormedInput
    /// The input of the dense layer, `[B, D]`.
    let denseInput: Tensor
    /// The dense layer's output before its nonlinearity, `[B, D]`; nil without one.
    let dense: Tensor?
    /// The input of the scores, `[B, D]`.
    let features: Tensor

    init(pooled: NormedInput, denseInput: Tensor, dense: Tensor?, features: Tensor) {
        self.pooled = pooled
        self.denseInput = denseInput
        self.dense = dense
        self.features = features
    }
}

extension Backend {
    /// `logits = score(act(dense(norm(x[pooledRows]))))`, where parts that the block does not have are left out.
    ///
    /// HuggingFace's decoders apply norm and score to every row and select afterwards; the rows are independent, so
    /// selecting first gives the same numbers.
    ///
    /// - Parameter logits: `[B, K]`, fp32.
    public func headBlock(
        _ hiddenStates: Tensor, block: HeadBlock, context: PassContext, logits: Tensor
    ) throws(BackendError) -> KeptActivations {
        let workspace = context.workspace
        let mark = workspace.mark
        let (B, D) = (context.batch.sequenceCount, hiddenStates.columns)
        let pooled = try workspace.tensor(rows: B, columns: D)
        gatherPooledRows(hiddenStates, batch: context.batch, output: pooled)
        let input = try NormedInput(pooled, norm: block.norm, workspace)
        let denseInput = try input.forward(on: self, context: context)
        var (dense, features): (Tensor?, Tensor) = (nil, denseInput)
        if let (layer, activation) = block.dense {
            let output = try workspace.tensor(rows: B, columns: layer.outputSize)
            try loraLinear(denseInput, layer: layer, context: context, output: output)
            features = try workspace.tensor(rows: B, columns: layer.outputSize)
            self.activation(activation, output, output: features)
            dense = output
        }
        matmul(
            features, transposeLeft: false, block.score, transposeRight: true, alpha: 1, beta: 0,
            output: logits)
        if let bias = block.bias { addBias(bias.value, to: logits) }
        if !context.keepsActivations { workspace.release(to: mark) }
        return HeadActivations(pooled: input, denseInput: denseInput, dense: dense, features: features)
    }

    /// Adds the head's gradients to its gradient tensors and sets `dHiddenStates` `[T, D]`, zero outside the pooled
    /// rows.
    ///
    /// - Parameter dLogits: `[B, K]`, fp32.
    public func headBlockBackward(
        dLogits: Tensor, kept: KeptActivations, block: HeadBlock, context: PassContext, dHiddenStates: Tensor
    ) throws(BackendError) {
        guard let kept = kept as? HeadActivations else {
            preconditionFailure("these activations are not the head's")
        }
        let workspace = context.workspace
        let mark = workspace.mark
        defer { workspace.release(to: mark) }
        let (B, D) = (kept.features.rows, dHiddenStates.columns)
        matmul(
            dLogits, transposeLeft: true, kept.features, transposeRight: false, alpha: 1, beta: 1,
            output: block.dScore)
        if let bias = block.bias {
            let ones = try workspace.tensor(rows: B, columns: 1, elementType: .float32)
            fill(ones, with: 1)
            matmul(
                ones, transposeLeft: true, dLogits, transposeRight: false, alpha: 1, beta: 1,
                output: bias.gradient)
        }
        var gradient = try workspace.tensor(rows: B, columns: kept.features.columns)
        matmul(
            dLogits, transposeLeft: false, block.score, transposeRight: false, alpha: 1, beta: 0,
            output: gradient)
        if let (layer, activation) = block.dense, let dense = kept.dense {
            activationBackward(activation, dOutput: gradient, input: dense)
            let dInput = try workspace.tensor(rows: B, columns: D)
            try loraLinearBackward(
                dOutput: dense, input: kept.denseInput, layer: layer, context: context, dInput: dInput,
                beta: 0)
            gradient = dInput
        }
        let dPooled = try workspace.tensor(rows: B, columns: D)
        fill(dPooled, with: 0)
        kept.pooled.backward(gradient, adding: dPooled, on: self, context: context)
        fill(dHiddenStates, with: 0)
        scatterAddPooledRows(dPooled, batch: context.batch, output: dHiddenStates)
    }
}
