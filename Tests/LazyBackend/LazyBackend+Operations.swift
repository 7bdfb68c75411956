public import TensorCore

/// The operations that only the default bodies of the blocks call. This device overrides all blocks, so whoever calls
/// one is a model that touches activations.
extension LazyBackend {
    public func copy(_ input: Tensor, to output: Tensor) { refuse("copy") }
    public func accumulate(_ input: Tensor, scale: Float, into output: Tensor) { refuse("accumulate") }

    public func lookUp(
        _ table: WeightMatrix, _ ids: BatchIDs, offset: Int, batch: PreparedBatch, adds: Bool, output: Tensor
    ) { refuse("lookUp") }

    public func gatherPooledRows(_ input: Tensor, batch: PreparedBatch, output: Tensor) {
        refuse("gatherPooledRows")
    }

    public func scatterAddPooledRows(_ input: Tensor, batch: PreparedBatch, output: Tensor) {
        refuse("scatterAddPooledRows")
    }

    public func addBias(_ bias: Tensor, to output: Tensor) { refuse("addBias") }

    public func dropout(
        _ input: Tensor, mask: DropoutMask, module: Int, batch: PreparedBatch, output: Tensor
    ) { refuse("dropout") }

    public func product(
        _ input: Tensor, _ weight: WeightMatrix, transposed: Bool, beta: Float, output: Tensor
    ) { refuse("product") }

    public func decodeRows(_ rows: Range<Int>, of weight: WeightMatrix, output: Tensor) {
        refuse("decodeRows")
    }

    public func matmul(
        _ left: Tensor, transposeLeft: Bool, _ right: Tensor, transposeRight: Bool, alpha: Float, beta: Float,
        output: Tensor
    ) { refuse("matmul") }

    public func rmsNorm(_ input: Tensor, weight: Tensor, eps: Float, output: Tensor, inverseRMS: Tensor) {
        refuse("rmsNorm")
    }

    public func rmsNormBackward(
        dOutput: Tensor, input: Tensor, weight: Tensor, inverseRMS: Tensor, dInput: Tensor
    ) { refuse("rmsNormBackward") }

    public func layerNorm(
        _ input: Tensor, weight: Tensor, bias: Tensor?, eps: Float, output: Tensor, statistics: Tensor
    ) { refuse("layerNorm") }

    public func layerNormBackward(
        dOutput: Tensor, input: Tensor, weight: Tensor, statistics: Tensor, dInput: Tensor
    ) { refuse("layerNormBackward") }

    public func activation(_ activation: Activation, _ input: Tensor, output: Tensor) {
        refuse("activation")
    }

    public func activationBackward(_ activation: Activation, dOutput: Tensor, input: Tensor) {
        refuse("activationBackward")
    }

    public func gatedActivation(_ activation: Activation, gate: Tensor, up: Tensor, output: Tensor) {
        refuse("gatedActivation")
    }

    public func gatedActivationBackward(
        _ activation: Activation, dOutput: Tensor, gate: Tensor, up: Tensor
    ) { refuse("gatedActivationBackward") }

    public func rotary(_ states: Tensor, table: RotaryTable, batch: PreparedBatch, inverse: Bool) {
        refuse("rotary")
    }

    public func attention(
        query: Tensor, key: Tensor, value: Tensor, shape: AttentionShape, batch: PreparedBatch,
        output: Tensor, logSumExp: Tensor
    ) { refuse("attention") }

    public func attentionBackward(
        dOutput: Tensor, query: Tensor, key: Tensor, value: Tensor, output: Tensor, logSumExp: Tensor,
        shape: AttentionShape, batch: PreparedBatch, dQuery: Tensor, dKey: Tensor, dValue: Tensor
    ) { refuse("attentionBackward") }
}
