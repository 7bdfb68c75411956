/// What a device must be able to do: the operations of a decoder-only transformer at whole-tensor grain.
///
/// Read this file first. Every operation comes as a pair, forward and backward, in the letters of `Tensor`
/// (`T, B, D, H, KV, C, F, R, K`). The required ones are small; everything that can be said in terms of them, from
/// a LoRA linear to a whole attention block, has a default body in an extension, and that body is its definition: a
/// backend overrides one only to be faster, and a test holds the two against each other.
///
/// Outputs are overwritten unless the name says `accumulate` or the documentation says "added to". Operations on
/// one backend may be asynchronous; `download` and `HostMirror.synchronize` wait.
public protocol Backend: AnyObject, Sendable {
    /// The device, for people: "cpu (2 threads, avx512)".
    var description: String { get }
    /// The settings that fix the order of floating-point operations, for the check at resume.
    var numericFingerprint: String { get }
    /// How many threads of the host share the work; nil where that is not what the arithmetic depends on.
    var threadCount: Int? { get }

    // MARK: Memory

    /// Memory for `count` elements, its content undefined.
    func makeStorage(count: Int) throws(BackendError) -> Storage
    /// Memory that uses weights where they lie instead of a copy; nil where the backend cannot.
    ///
    /// Such memory is only read: as the right side of `matmul`, the table of `embedding`, by `copy` and `download`,
    /// and in fp32 by every operation.
    func makeStorage(sharing weights: SharedWeights) -> Storage?

    /// Copies host values into a tensor, row by row.
    func upload(_ values: UnsafeBufferPointer<Float>, to tensor: Tensor)
    /// Waits for outstanding work on the tensor and copies it out, row by row.
    func download(_ tensor: Tensor, into values: UnsafeMutableBufferPointer<Float>)
    /// Sets every element.
    func fill(_ tensor: Tensor, with value: Float)
    /// The host's view of a tensor that outlives many steps: see `HostMirror`.
    func makeHostMirror(of tensor: Tensor) throws(BackendError) -> any HostMirror

    /// `output = input`.
    func copy(_ input: Tensor, to output: Tensor)

    // MARK: Rows

    /// `output[t] = table[ids[t]]`; `table` is `[V, D]`, `output` `[T, D]`.
    func embedding(table: Tensor, batch: PackedBatch, output: Tensor)
    /// `output[b] = input[rows[b]]`.
    func gatherRows(_ input: Tensor, rows: [Int], output: Tensor)
    /// `output[rows[b]] += input[b]`; the rows are distinct.
    func scatterAddRows(_ input: Tensor, rows: [Int], output: Tensor)
    /// `output += scale * input`.
    func accumulate(_ input: Tensor, scale: Float, into output: Tensor)

    // MARK: Linear

    /// `output = beta * output + alpha * op(left) op(right)`, with `op` a transposition where asked.
    func matmul(
        _ left: Tensor, transposeLeft: Bool, _ right: Tensor, transposeRight: Bool, alpha: Float, beta: Float,
        output: Tensor)
    /// `output[t] += bias`; `bias` is `[1, columns]`.
    func addBias(_ bias: Tensor, to output: Tensor)
    /// Multiplies each element by its mask factor; the same call serves backward.
    ///
    /// - Parameter module: the number of the adapted module, which keys the mask.
    func dropout(_ input: Tensor, mask: DropoutMask, module: Int, batch: PackedBatch, output: Tensor)

    // MARK: Normalisation and activation

    /// `output = weight * input * rsqrt(mean(input^2) + eps)`, row by row (Zhang and Sennrich, 2019).
    ///
    /// - Parameter inverseRMS: `[rows, 1]`, receives the reciprocal root for the backward pass.
    func rmsNorm(_ input: Tensor, weight: Tensor, eps: Float, output: Tensor, inverseRMS: Tensor)
    /// Adds the gradient with respect to the input to `dInput`; the weight is frozen.
    func rmsNormBackward(
        dOutput: Tensor, input: Tensor, weight: Tensor, inverseRMS: Tensor, dInput: Tensor)
    /// `output = silu(gate) * up` (Shazeer, 2020).
    func swiGLU(gate: Tensor, up: Tensor, output: Tensor)
    /// Overwrites `gate` and `up` with their gradients, given the gradient of the output.
    func swiGLUBackward(dOutput: Tensor, gate: Tensor, up: Tensor)

    // MARK: Attention

    /// Rotates the heads of `states` `[T, heads * C]` in place, by the angle of each row's position.
    ///
    /// - Parameters:
    ///   - inverse: rotates back, which is the backward pass.
    func rope(_ states: Tensor, table: RotaryTable, batch: PackedBatch, inverse: Bool)
    /// Causal attention inside each sequence: `softmax(scale * Q K^T + mask) V`.
    ///
    /// - Parameters:
    ///   - query: `[T, H * C]`; `key` and `value` are `[T, KV * C]`; `H` is a multiple of `KV`.
    ///   - logSumExp: `[T, H]`, receives what the backward pass needs to rebuild the probabilities.
    func attention(
        query: Tensor, key: Tensor, value: Tensor, shape: AttentionShape, batch: PackedBatch, output: Tensor,
        logSumExp: Tensor)
    /// Overwrites `dQuery`, `dKey` and `dValue` with the gradients.
    func attentionBackward(
        dOutput: Tensor, query: Tensor, key: Tensor, value: Tensor, output: Tensor, logSumExp: Tensor,
        shape: AttentionShape, batch: PackedBatch, dQuery: Tensor, dKey: Tensor, dValue: Tensor)

    // MARK: Optimizer

    /// The sum of squares of all elements, accumulated in double precision in a fixed order.
    func sumOfSquares(_ tensor: Tensor) -> Double
    /// One AdamW update over flat buffers (Loshchilov and Hutter, 2019; as `torch.optim.AdamW`).
    ///
    /// - Parameter gradientScale: the clipping factor; gradients are multiplied by it first.
    func adamW(
        parameters: Tensor, gradients: Tensor, firstMoments: Tensor, secondMoments: Tensor,
        settings: AdamWStep,
        gradientScale: Float)

    // MARK: Fused, with default bodies

    /// A linear layer with its adapter: see `Backend+LoRALinear.swift`.
    func loraLinear(
        _ input: Tensor, layer: LoRALinear, batch: PackedBatch, mask: DropoutMask?, workspace: Workspace,
        output: Tensor
    ) throws(BackendError)
    /// Gradients of `loraLinear`.
    func loraLinearBackward(
        dOutput: Tensor, input: Tensor, layer: LoRALinear, batch: PackedBatch, mask: DropoutMask?,
        workspace: Workspace, dInput: Tensor?, beta: Float) throws(BackendError)
    /// Attention with its norm and residual: see `Backend+AttentionBlock.swift`.
    func attentionBlock(
        _ hiddenStates: Tensor, block: AttentionBlock, context: PassContext
    ) throws(BackendError) -> AttentionActivations
    /// Gradients of `attentionBlock`.
    func attentionBlockBackward(
        dHiddenStates: Tensor, activations: AttentionActivations, block: AttentionBlock, context: PassContext,
        needsInputGradient: Bool) throws(BackendError)
    /// The feed-forward half of a layer with its norm and residual: see `Backend+MLPBlock.swift`.
    func mlpBlock(
        _ hiddenStates: Tensor, block: MLPBlock, context: PassContext
    ) throws(BackendError) -> MLPActivations
    /// Gradients of `mlpBlock`.
    func mlpBlockBackward(
        dHiddenStates: Tensor, activations: MLPActivations, block: MLPBlock, context: PassContext)
        throws(BackendError)
    /// Final norm and score at the pooled rows: see `Backend+HeadBlock.swift`.
    func headBlock(
        _ hiddenStates: Tensor, block: HeadBlock, context: PassContext
    ) throws(BackendError) -> HeadActivations
    /// Gradients of `headBlock`.
    func headBlockBackward(
        dLogits: Tensor, activations: HeadActivations, block: HeadBlock, context: PassContext,
        dHiddenStates: Tensor)
        throws(BackendError)
}

extension Backend {
    public var threadCount: Int? { nil }
}
