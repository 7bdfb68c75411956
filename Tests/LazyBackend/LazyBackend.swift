public import TensorCore

/// A device as a GPU's driver would be written by a stranger, through public API alone: memory of its own, bf16
/// activations with sums in fp32, and commands that run when the host asks for a value and not before.
///
/// It overrides every block, so nothing but blocks may touch an activation: a model that calls an operation on one ends
/// the process. That, and that it trains, is the proof that the seam for devices holds.
public final class LazyBackend: Backend {
    let queue = CommandQueue()

    /// A device.
    public init() {}

    public var description: String { "lazy bf16" }
    public var numericFingerprint: String { "lazy-bf16" }
    public var activationType: ElementType { .bfloat16 }
    /// How many commands wait for the host to ask.
    public var waitingCommands: Int { queue.count }

    public func makeStorage(count: Int, elementType: ElementType) throws(BackendError) -> Storage {
        LazyStorage(count: count, elementType: elementType)
    }

    public func makeWeightMatrix(_ bytes: WeightBytes) throws(BackendError) -> WeightMatrix {
        LazyMatrix(bytes)
    }

    public func makeHostMirror(of tensor: Tensor) throws(BackendError) -> any HostMirror {
        LazyMirror(of: tensor, on: self)
    }

    public func makeWorkspace() -> Workspace { Workspace(backend: self, slabCount: 1 << 14) }
    public func makeLossTotals() -> LossTotals { LazyLossTotals(queue) }

    public func planTraining(_ demand: TrainingDemand) throws(BackendError) -> TrainingMemoryPlan {
        let (keeping, recomputing) = demand.shape.activationsPerToken
        let memory = TrainingMemory(
            fixed: demand.shape.weightByteCount + 16 * demand.shape.trainedParameterCount,
            perToken: 4 * keeping, perTokenRecomputing: 4 * recomputing)
        return try TrainingMemoryPlan(demand, memory: memory, preferred: 128)
    }

    public func predictionTokenBudget(for shape: ModelShape) -> Int { 128 }
}

/// What the host may do with trained state, statistics and logits.
extension LazyBackend {
    public func upload(_ values: UnsafeBufferPointer<Float>, to tensor: Tensor) {
        require(tensor, for: "upload")
        let matrix = Matrix(rows: tensor.rows, columns: tensor.columns, values: Array(values))
        queue.enqueue { tensor.store(matrix) }
    }

    public func download(_ tensor: Tensor, into values: UnsafeMutableBufferPointer<Float>) {
        require(tensor, for: "download")
        queue.run()
        _ = values.update(fromContentsOf: tensor.matrix.values)
    }

    public func fill(_ tensor: Tensor, with value: Float) {
        require(tensor, for: "fill")
        queue.enqueue {
            tensor.store(Matrix(rows: tensor.rows, columns: tensor.columns).mapped { _ in value })
        }
    }

    public func sumOfSquares(_ tensor: Tensor) -> Double {
        require(tensor, for: "sumOfSquares")
        queue.run()
        return tensor.matrix.values.reduce(0) { $0 + Double($1) * Double($1) }
    }

    public func adamW(
        parameters: Tensor, gradients: Tensor, firstMoments: Tensor, secondMoments: Tensor,
        settings: AdamWStep, gradientScale: Float
    ) {
        for tensor in [parameters, gradients, firstMoments, secondMoments] { require(tensor, for: "adamW") }
        queue.enqueue {
            let step = AdamWNumbers(settings)
            var (p, m, v) = (parameters.matrix, firstMoments.matrix, secondMoments.matrix)
            let g = gradients.matrix.mapped { $0 * gradientScale }
            m = m.combined(with: g) { step.first($0, $1) }
            v = v.combined(with: g) { step.second($0, $1) }
            let change = m.combined(with: v) { step.change($0, $1) }
            p = p.combined(with: change) { Float(Double($0) * step.decay - Double($1)) }
            parameters.store(p)
            firstMoments.store(m)
            secondMoments.store(v)
        }
    }

    private func require(_ tensor: Tensor, for operation: String) {
        if tensor.elementType != .float32 { refuse(operation) }
    }

    /// Ends the process: the model has no business with an activation outside of blocks.
    func refuse(_ operation: String) -> Never {
        fatalError("the model touched an activation: \(operation)")
    }
}

/// One update of AdamW, in double precision.
private struct AdamWNumbers: Sendable {
    let settings: AdamWStep
    let decay: Double
    private let corrections: (first: Double, second: Double)

    init(_ settings: AdamWStep) {
        self.settings = settings
        decay = 1 - settings.learningRate * settings.weightDecay
        var powers = (first: 1.0, second: 1.0)
        for _ in 0..<settings.step {
            powers.first *= settings.beta1
            powers.second *= settings.beta2
        }
        corrections = (1 - powers.first, 1 - powers.second)
    }

    func first(_ old: Float, _ gradient: Float) -> Float {
        Float(settings.beta1 * Double(old) + (1 - settings.beta1) * Double(gradient))
    }

    func second(_ old: Float, _ gradient: Float) -> Float {
        Float(settings.beta2 * Double(old) + (1 - settings.beta2) * Double(gradient) * Double(gradient))
    }

    /// What is taken off a parameter beside the decay.
    func change(_ first: Float, _ second: Float) -> Float {
        let denominator = (Double(second) / corrections.second).squareRoot() + settings.eps
        return Float(settings.learningRate * Double(first) / corrections.first / denominator)
    }
}
