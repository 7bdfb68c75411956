import BackendCPU
import Platform
public import TensorCore

/// A device whose memory the host cannot read, made from the CPU backend.
///
/// It computes as the CPU does, but a host mirror holds NaN until it is synchronized, and again after each optimizer
/// step: code that reads parameters or moments without synchronizing reads NaN. It replaces a GPU in the tests of
/// trainer and checkpoints.
public final class DetachedBackend: Backend {
    private let device: CPUBackend
    /// Counts the changes of memory that mirrors show.
    private let changes = Locked(0)

    /// A device that computes with this many threads.
    public init(threads: Int = 1) { device = CPUBackend(threads: threads) }

    public var description: String { "detached \(device.description)" }
    public var numericFingerprint: String { "detached/\(device.numericFingerprint)" }

    public func makeStorage(count: Int, elementType: ElementType) throws(BackendError) -> Storage {
        try device.makeStorage(count: count, elementType: elementType)
    }

    public func makeWeightMatrix(_ bytes: WeightBytes) throws(BackendError) -> WeightMatrix {
        try device.makeWeightMatrix(bytes)
    }

    public func planTraining(_ demand: TrainingDemand) throws(BackendError) -> TrainingMemoryPlan {
        try device.planTraining(demand)
    }

    public func predictionTokenBudget(for shape: ModelShape) -> Int {
        device.predictionTokenBudget(for: shape)
    }

    public func makeHostMirror(of tensor: Tensor) throws(BackendError) -> any HostMirror {
        DetachedMirror(of: tensor, backend: self)
    }

    fileprivate var changeCount: Int { changes.withLock { $0 } }
    private func noteChange() { changes.withLock { $0 += 1 } }

    public func upload(_ values: UnsafeBufferPointer<Float>, to tensor: Tensor) {
        device.upload(values, to: tensor)
        noteChange()
    }

    public func download(_ tensor: Tensor, into values: UnsafeMutableBufferPointer<Float>) {
        device.download(tensor, into: values)
    }

    public func fill(_ tensor: Tensor, with value: Float) { device.fill(tensor, with: value) }
    public func copy(_ input: Tensor, to output: Tensor) { device.copy(input, to: output) }

    public func lookUp(
        _ table: WeightMatrix, _ ids: BatchIDs, offset: Int, batch: PreparedBatch, adds: Bool, output: Tensor
    ) {
        device.lookUp(table, ids, offset: offset, batch: batch, adds: adds, output: output)
    }

    public func gatherPooledRows(_ input: Tensor, batch: PreparedBatch, output: Tensor) {
        device.gatherPooledRows(input, batch: batch, output: output)
    }

    public func scatterAddPooledRows(_ input: Tensor, batch: PreparedBatch, output: Tensor) {
        device.scatterAddPooledRows(input, batch: batch, output: output)
    }

    public func product(
        _ input: Tensor, _ weight: WeightMatrix, transposed: Bool, beta: Float, output: Tensor
    ) {
        device.product(input, weight, transposed: transposed, beta: beta, output: output)
    }

    public func decodeRows(_ rows: Range<Int>, of weight: WeightMatrix, output: Tensor) {
        device.decodeRows(rows, of: weight, output: output)
    }

    public func accumulate(_ input: Tensor, scale: Float, into output: Tensor) {
        device.accumulate(input, scale: scale, into: output)
    }

    public func matmul(
        _ left: Tensor, transposeLeft: Bool, _ right: Tensor, transposeRight: Bool, alpha: Float, beta: Float,
        output: Tensor
    ) {
        device.matmul(
            left, transposeLeft: transposeLeft, right, transposeRight: transposeRight, alpha: alpha,
            beta: beta,
            output: output)
    }

    public func addBias(_ bias: Tensor, to output: Tensor) { device.addBias(bias, to: output) }

    public func dropout(
        _ input: Tensor, mask: DropoutMask, module: Int, batch: PreparedBatch, output: Tensor
    ) {
        device.dropout(input, mask: mask, module: module, batch: batch, output: output)
    }

    public func rmsNorm(_ input: Tensor, weight: Tensor, eps: Float, output: Tensor, inverseRMS: Tensor) {
        device.rmsNorm(input, weight: weight, eps: eps, output: output, inverseRMS: inverseRMS)
    }

    public func rmsNormBackward(
        dOutput: Tensor, input: Tensor, weight: Tensor, inverseRMS: Tensor, dInput: Tensor
    ) {
        device.rmsNormBackward(
            dOutput: dOutput, input: input, weight: weight, inverseRMS: inverseRMS, dInput: dInput)
    }

    public func layerNorm(
        _ input: Tensor, weight: Tensor, bias: Tensor?, eps: Float, output: Tensor, statistics: Tensor
    ) {
        device.layerNorm(
            input, weight: weight, bias: bias, eps: eps, output: output, statistics: statistics)
    }

    public func layerNormBackward(
        dOutput: Tensor, input: Tensor, weight: Tensor, statistics: Tensor, dInput: Tensor
    ) {
        device.layerNormBackward(
            dOutput: dOutput, input: input, weight: weight, statistics: statistics, dInput: dInput)
    }

    public func activation(_ activation: Activation, _ input: Tensor, output: Tensor) {
        device.activation(activation, input, output: output)
    }

    public func activationBackward(_ activation: Activation, dOutput: Tensor, input: Tensor) {
        device.activationBackward(activation, dOutput: dOutput, input: input)
    }

    public func gatedActivation(_ activation: Activation, gate: Tensor, up: Tensor, output: Tensor) {
        device.gatedActivation(activation, gate: gate, up: up, output: output)
    }

    public func gatedActivationBackward(
        _ activation: Activation, dOutput: Tensor, gate: Tensor, up: Tensor
    ) {
        device.gatedActivationBackward(activation, dOutput: dOutput, gate: gate, up: up)
    }

    public func rotary(_ states: Tensor, table: RotaryTable, batch: PreparedBatch, inverse: Bool) {
        device.rotary(states, table: table, batch: batch, inverse: inverse)
    }

    public func attention(
        query: Tensor, key: Tensor, value: Tensor, shape: AttentionShape, batch: PreparedBatch,
        output: Tensor,
        logSumExp: Tensor
    ) {
        device.attention(
            query: query, key: key, value: value, shape: shape, batch: batch, output: output,
            logSumExp: logSumExp)
    }

    public func attentionBackward(
        dOutput: Tensor, query: Tensor, key: Tensor, value: Tensor, output: Tensor, logSumExp: Tensor,
        shape: AttentionShape, batch: PreparedBatch, dQuery: Tensor, dKey: Tensor, dValue: Tensor
    ) {
        device.attentionBackward(
            dOutput: dOutput, query: query, key: key, value: value, output: output, logSumExp: logSumExp,
            shape: shape, batch: batch, dQuery: dQuery, dKey: dKey, dValue: dValue)
    }

    public func sumOfSquares(_ tensor: Tensor) -> Double { device.sumOfSquares(tensor) }

    public func adamW(
        parameters: Tensor, gradients: Tensor, firstMoments: Tensor, secondMoments: Tensor,
        settings: AdamWStep,
        gradientScale: Float
    ) {
        device.adamW(
            parameters: parameters, gradients: gradients, firstMoments: firstMoments,
            secondMoments: secondMoments, settings: settings, gradientScale: gradientScale)
        noteChange()
    }
}

/// The host's copy of a detached tensor: NaN unless nothing has changed since it was made.
private final class DetachedMirror: HostMirror {
    private let tensor: Tensor
    private let backend: DetachedBackend
    /// The copy, and the count of changes at which it was made.
    private let copy: Locked<(values: [Float], changeCount: Int)>

    init(of tensor: Tensor, backend: DetachedBackend) {
        self.tensor = tensor
        self.backend = backend
        copy = Locked((Array(repeating: .nan, count: tensor.count), -1))
    }

    var count: Int { tensor.count }

    func synchronize() {
        let changeCount = backend.changeCount
        let values = [Float](unsafeUninitializedCapacity: tensor.count) { buffer, count in
            backend.download(tensor, into: UnsafeMutableBufferPointer(rebasing: buffer[..<tensor.count]))
            count = tensor.count
        }
        copy.withLock { $0 = (values, changeCount) }
    }

    func withUnsafeValues<Result>(
        _ body: (UnsafeBufferPointer<Float>) throws -> Result
    ) rethrows -> Result {
        let (values, changeCount) = copy.withLock { $0 }
        let isFresh = changeCount == backend.changeCount
        let seen = isFresh ? values : Array(repeating: .nan, count: tensor.count)
        return try seen.withUnsafeBufferPointer(body)
    }
}
