/// What the head keeps for its backward pass.
public struct HeadActivations: Sendable {
    /// The pooled rows before the norm, `[B, D]`.
    let pooled: Tensor
    /// `[B, 1]`
    let inverseRMS: Tensor
    /// The pooled rows after the norm, `[B, D]`.
    let normed: Tensor
    /// `[B, K]`
    public let logits: Tensor
}

extension Backend {
    /// `logits = rmsNorm(x[pooledRows]) score^T`.
    ///
    /// HuggingFace applies norm and score to every row and picks afterwards; the rows are independent, so picking
    /// first gives the same numbers.
    public func headBlock(
        _ hiddenStates: Tensor, block: HeadBlock, context: PassContext
    ) throws(BackendError) -> HeadActivations {
        let workspace = context.workspace
        let (B, D) = (context.batch.sequenceCount, hiddenStates.columns)
        let pooled = try workspace.tensor(rows: B, columns: D)
        let inverseRMS = try workspace.tensor(rows: B, columns: 1)
        let normed = try workspace.tensor(rows: B, columns: D)
        let logits = try workspace.tensor(rows: B, columns: block.score.rows)
        gatherRows(hiddenStates, rows: context.batch.pooledRows, output: pooled)
        rmsNorm(pooled, weight: block.finalNorm, eps: block.eps, output: normed, inverseRMS: inverseRMS)
        matmul(
            normed, transposeLeft: false, block.score, transposeRight: true, alpha: 1, beta: 0, output: logits
        )
        return HeadActivations(pooled: pooled, inverseRMS: inverseRMS, normed: normed, logits: logits)
    }

    /// Adds the head's gradient to its place and sets `dHiddenStates` `[T, D]`, zero outside the pooled rows.
    public func headBlockBackward(
        dLogits: Tensor, activations: HeadActivations, block: HeadBlock, context: PassContext,
        dHiddenStates: Tensor
    ) throws(BackendError) {
        let workspace = context.workspace
        let mark = workspace.mark
        defer { workspace.release(to: mark) }
        let (B, D) = (activations.pooled.rows, activations.pooled.columns)
        matmul(
            dLogits, transposeLeft: true, activations.normed, transposeRight: false, alpha: 1, beta: 1,
            output: block.dScore)
        let dNormed = try workspace.tensor(rows: B, columns: D)
        let dPooled = try workspace.tensor(rows: B, columns: D)
        matmul(
            dLogits, transposeLeft: false, block.score, transposeRight: false, alpha: 1, beta: 0,
            output: dNormed)
        fill(dPooled, with: 0)
        rmsNormBackward(
            dOutput: dNormed, input: activations.pooled, weight: block.finalNorm,
            inverseRMS: activations.inverseRMS, dInput: dPooled)
        fill(dHiddenStates, with: 0)
        scatterAddRows(dPooled, rows: context.batch.pooledRows, output: dHiddenStates)
    }
}
