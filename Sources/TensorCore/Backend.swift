/// What a device must be able to do: the operations and blocks of a transformer classifier.
///
/// Read this file first. It has three parts.
///
/// 1. The device: its memory, its batches, its clock, and how it plans what a run takes.
/// 2. Blocks: what the model calls. A model passes hidden states from block to block and never reads them; what a
///    block keeps for its backward pass is private to the backend (`KeptActivations`). Every block is a requirement
///    with a default body in `Blocks/`, made of the operations below. That body is its definition: a backend
///    overrides it only to be faster, and a test compares the two.
/// 3. Operations: forward and backward pairs on whole tensors. `Tensor` explains the letters of their dimensions
///    (`T, B, D, H, KV, C, F, R, K`).
///
/// Outputs are overwritten unless the name says `accumulate` or the documentation says "added to". Work may be
/// asynchronous; `download`, `HostMirror.synchronize` and `LossTotals.read` wait.
public protocol Backend: AnyObject, Sendable {
    // MARK: The device

    /// The device, for people: "cpu (2 threads, avx512)".
    var description: String { get }
    /// The settings that fix the order of floating-point operations, for the check at resume.
    var numericFingerprint: String { get }
    /// How many threads of the host share the work; nil if results do not depend on it.
    var threadCount: Int? { get }
    /// The element type of hidden states and their gradients. Statistics and all that is trained are fp32.
    var activationType: ElementType { get }

    /// Memory for `count` elements, its content undefined.
    func makeStorage(count: Int, elementType: ElementType) throws(BackendError) -> Storage
    /// A frozen matrix on the device: it refers to the given bytes or copies them to the device's memory.
    func makeWeightMatrix(_ bytes: WeightBytes) throws(BackendError) -> WeightMatrix
    /// Scratch memory for passes.
    func makeWorkspace() -> Workspace
    /// Copies host values into a tensor, row by row.
    func upload(_ values: UnsafeBufferPointer<Float>, to tensor: Tensor)
    /// Waits for outstanding work on the tensor and copies it out, row by row.
    func download(_ tensor: Tensor, into values: UnsafeMutableBufferPointer<Float>)
    /// The host's view of a tensor that outlives many steps: see `HostMirror`.
    func makeHostMirror(of tensor: Tensor) throws(BackendError) -> any HostMirror
    /// Brings a batch to the device, once for all operations of a pass.
    func prepare(_ batch: PackedBatch) throws(BackendError) -> PreparedBatch
    /// Adds up losses until the host reads them, once per step.
    func makeLossTotals() -> LossTotals
    /// The clock of the device's operations, for `--profile`.
    func makeOperationClock() -> any OperationClock
    /// The token budget and what is recomputed, for a training run on this device: see `MemoryPlanning.swift`.
    func planTraining(_ demand: TrainingDemand) throws(BackendError) -> TrainingMemoryPlan
    /// How many tokens a prediction pass works on at a time.
    func predictionTokenBudget(for shape: ModelShape) -> Int

    // MARK: Blocks, with default bodies

    /// Ids to hidden states: see `EmbeddingBlock+Definition.swift`.
    func embeddingBlock(_ block: EmbeddingBlock, context: PassContext, output: Tensor) throws(BackendError)
    /// Attention with its norms and residual: see `AttentionBlock+Definition.swift`.
    func attentionBlock(
        _ hiddenStates: Tensor, block: AttentionBlock, context: PassContext, output: Tensor
    ) throws(BackendError) -> KeptActivations
    /// Gradients of `attentionBlock`.
    func attentionBlockBackward(
        dHiddenStates: Tensor, kept: KeptActivations, block: AttentionBlock, context: PassContext,
        needsInputGradient: Bool) throws(BackendError)
    /// The last layer's attention for the pooled rows: see `PooledAttentionBlock+Definition.swift`.
    func pooledAttentionBlock(
        _ hiddenStates: Tensor, block: AttentionBlock, context: PassContext, output: Tensor
    ) throws(BackendError) -> KeptActivations
    /// Gradients of `pooledAttentionBlock`.
    func pooledAttentionBlockBackward(
        dPooled: Tensor, kept: KeptActivations, block: AttentionBlock, context: PassContext,
        dHiddenStates: Tensor, needsInputGradient: Bool) throws(BackendError)
    /// The feed-forward half of a layer with its norms and residual: see `MLPBlock+Definition.swift`.
    func mlpBlock(
        _ hiddenStates: Tensor, block: MLPBlock, context: PassContext, output: Tensor
    ) throws(BackendError) -> KeptActivations
    /// Gradients of `mlpBlock`.
    func mlpBlockBackward(
        dHiddenStates: Tensor, kept: KeptActivations, block: MLPBlock, context: PassContext)
        throws(BackendError)
    /// Norm, dense layer and scores at the pooled rows: see `HeadBlock+Definition.swift`.
    func headBlock(
        _ hiddenStates: Tensor, block: HeadBlock, context: PassContext, logits: Tensor
    ) throws(BackendError) -> KeptActivations
    /// Gradients of `headBlock`.
    func headBlockBackward(
        dLogits: Tensor, kept: KeptActivations, block: HeadBlock, context: PassContext, dHiddenStates: Tensor)
        throws(BackendError)
    /// The loss of a micro-batch, added to `totals`, and its gradient: see `Loss/LossTotals.swift`.
    ///
    /// - Parameters:
    ///   - logits: `[B, K]`, fp32.
    ///   - normalizer: what the effective batch's loss is divided by: see `LossFunction`.
    ///   - dLogits: `[B, K]`, fp32.
    func classificationLoss(
        logits: Tensor, targets: LossTargets, loss: LossFunction, normalizer: Double, dLogits: Tensor,
        totals: LossTotals)
    /// The gated first half of a feed-forward layer: see `GatedLinear+Definition.swift`.
    func gatedLinear(
        _ input: Tensor, gateProj: LoRALinear, upProj: LoRALinear, activation: Activation,
        context: PassContext, gate: Tensor, up: Tensor, output: Tensor) throws(BackendError)
    /// A linear layer with its adapter: see `LoRALinear+Definition.swift`.
    func loraLinear(_ input: Tensor, layer: LoRALinear, context: PassContext, output: Tensor)
        throws(BackendError)
    /// Gradients of `loraLinear`.
    func loraLinearBackward(
        dOutput: Tensor, input: Tensor, layer: LoRALinear, context: PassContext, dInput: Tensor?, beta: Float)
        throws(BackendError)

    // MARK: Operations on rows

    /// Sets every element.
    func fill(_ tensor: Tensor, with value: Float)
    /// `output = input`.
    func copy(_ input: Tensor, to output: Tensor)
    /// `output += scale * input`.
    func accumulate(_ input: Tensor, scale: Float, into output: Tensor)
    /// `output[t] = table[ids[t] + offset]`, added to the output if asked; `table` is `[V, D]`, `output` `[T, D]`.
    func lookUp(
        _ table: WeightMatrix, _ ids: BatchIDs, offset: Int, batch: PreparedBatch, adds: Bool, output: Tensor)
    /// `output[b] = input[pooledRows[b]]`.
    func gatherPooledRows(_ input: Tensor, batch: PreparedBatch, output: Tensor)
    /// `output[pooledRows[b]] += input[b]`.
    func scatterAddPooledRows(_ input: Tensor, batch: PreparedBatch, output: Tensor)
    /// `output[t] += bias`; `bias` is `[1, columns]`.
    func addBias(_ bias: Tensor, to output: Tensor)
    /// Multiplies each element by its mask factor; the same call serves backward.
    ///
    /// - Parameter module: the number of the adapted module, which keys the mask.
    func dropout(_ input: Tensor, mask: DropoutMask, module: Int, batch: PreparedBatch, output: Tensor)

    // MARK: Products

    /// `output = beta * output + input W^T` when transposed, `input W` otherwise: a layer forward and backward.
    func product(_ input: Tensor, _ weight: WeightMatrix, transposed: Bool, beta: Float, output: Tensor)
    /// Decodes a range of rows of a frozen matrix, for merging.
    func decodeRows(_ rows: Range<Int>, of weight: WeightMatrix, output: Tensor)
    /// `output = beta * output + alpha * op(left) op(right)`, with `op` a transposition where asked.
    func matmul(
        _ left: Tensor, transposeLeft: Bool, _ right: Tensor, transposeRight: Bool, alpha: Float, beta: Float,
        output: Tensor)

    // MARK: Norms and nonlinearities

    /// `output = weight * input * rsqrt(mean(input^2) + eps)`, row by row (Zhang and Sennrich, 2019).
    ///
    /// - Parameter inverseRMS: `[rows, 1]`, receives the reciprocal root for the backward pass.
    func rmsNorm(_ input: Tensor, weight: Tensor, eps: Float, output: Tensor, inverseRMS: Tensor)
    /// Adds the gradient with respect to the input to `dInput`; the weight is frozen.
    func rmsNormBackward(
        dOutput: Tensor, input: Tensor, weight: Tensor, inverseRMS: Tensor, dInput: Tensor)
    /// `output = weight * (input - mean) * rsqrt(variance + eps) + bias`, row by row (Ba et al., 2016).
    ///
    /// - Parameter statistics: `[rows, 2]`, receives the mean and the reciprocal root for the backward pass.
    func layerNorm(
        _ input: Tensor, weight: Tensor, bias: Tensor?, eps: Float, output: Tensor, statistics: Tensor)
    /// Adds the gradient with respect to the input to `dInput`; weight and bias are frozen.
    func layerNormBackward(
        dOutput: Tensor, input: Tensor, weight: Tensor, statistics: Tensor, dInput: Tensor)
    /// `output = act(input)`.
    func activation(_ activation: Activation, _ input: Tensor, output: Tensor)
    /// Overwrites `input` with its gradient, given the gradient of the output.
    func activationBackward(_ activation: Activation, dOutput: Tensor, input: Tensor)
    /// `output = act(gate) * up` (Shazeer, 2020).
    func gatedActivation(_ activation: Activation, gate: Tensor, up: Tensor, output: Tensor)
    /// Overwrites `gate` and `up` with their gradients, given the gradient of the output.
    func gatedActivationBackward(_ activation: Activation, dOutput: Tensor, gate: Tensor, up: Tensor)

    // MARK: Attention

    /// Rotates the heads of `states` `[T, heads * C]` in place, by the angle of each row's position.
    ///
    /// - Parameters:
    ///   - inverse: rotates back, which is the backward pass.
    func rotary(_ states: Tensor, table: RotaryTable, batch: PreparedBatch, inverse: Bool)
    /// Attention inside each sequence: `softmax(scale * Q K^T + mask) V`.
    ///
    /// - Parameters:
    ///   - query: `[T, H * C]`; `key` and `value` are `[T, KV * C]`; `H` is a multiple of `KV`.
    ///   - logSumExp: `[T, H]`, receives what the backward pass needs to rebuild the probabilities.
    func attention(
        query: Tensor, key: Tensor, value: Tensor, shape: AttentionShape, batch: PreparedBatch,
        output: Tensor, logSumExp: Tensor)
    /// Overwrites `dQuery`, `dKey` and `dValue` with the gradients.
    func attentionBackward(
        dOutput: Tensor, query: Tensor, key: Tensor, value: Tensor, output: Tensor, logSumExp: Tensor,
        shape: AttentionShape, batch: PreparedBatch, dQuery: Tensor, dKey: Tensor, dValue: Tensor)

    // MARK: Optimizer

    /// The sum of squares of all elements, accumulated in double precision in a fixed order.
    func sumOfSquares(_ tensor: Tensor) -> Double
    /// One AdamW update over flat buffers (Loshchilov and Hutter, 2019; as `torch.optim.AdamW`).
    ///
    /// - Parameter gradientScale: the clipping factor; gradients are multiplied by it first.
    func adamW(
        parameters: Tensor, gradients: Tensor, firstMoments: Tensor, secondMoments: Tensor,
        settings: AdamWStep, gradientScale: Float)
}

/// The numbers of a batch's rows that index a table.
public enum BatchIDs: Sendable, Hashable {
    case inputIDs
    case positions
    case tokenTypeIDs
}

extension Backend {
    public var threadCount: Int? { nil }
    public var activationType: ElementType { .float32 }

    /// Memory for `count` fp32 elements, its content undefined.
    public func makeStorage(count: Int) throws(BackendError) -> Storage {
        try makeStorage(count: count, elementType: .float32)
    }

    public func makeWorkspace() -> Workspace {
        // 256 MiB of fp32. The rest of a slab is wasted when a tensor does not fit, so slabs are large.
        Workspace(backend: self, slabCount: 1 << 26)
    }

    /// A tensor's elements, copied out row by row.
    public func values(of tensor: Tensor) -> [Float] {
        [Float](unsafeUninitializedCapacity: tensor.count) { values, count in
            download(tensor, into: UnsafeMutableBufferPointer(rebasing: values[..<tensor.count]))
            count = tensor.count
        }
    }

    /// A tensor of fp32 values in memory of its own.
    public func makeTensor(_ values: [Float], rows: Int, columns: Int) throws(BackendError) -> Tensor {
        let tensor = Tensor(try makeStorage(count: rows * columns), rows: rows, columns: columns)
        values.withUnsafeBufferPointer { upload($0, to: tensor) }
        return tensor
    }
}
