public import TensorCore

extension CPUBackend {
    /// The default tokens of a micro-batch.
    ///
    /// More rows make products no faster and need more memory: see docs/PERFORMANCE.md.
    private static let preferredTokenBudget = 944

    public func planTraining(_ demand: TrainingDemand) throws(BackendError) -> TrainingMemoryPlan {
        try TrainingMemoryPlan(
            demand, memory: trainingMemory(of: demand.shape), preferred: Self.preferredTokenBudget)
    }

    /// Prediction keeps no activations, so rows are cheap.
    public func predictionTokenBudget(for shape: ModelShape) -> Int { 2048 }

    /// The memory for training: the activations of the default bodies, which this backend's overrides do not exceed.
    private func trainingMemory(of shape: ModelShape) -> TrainingMemory {
        let float = MemoryLayout<Float>.stride
        // Parameters, gradients and two moments; while a checkpoint is written, a copy of all but the gradients.
        let state = (4 + 3) * shape.trainedParameterCount * float
        // The weights that each thread has packed for a product.
        let packed = threads * ((1 << 20) + (1 << 16))
        // A product copies rows whose distance is a multiple of 4 KiB.
        let widths = [
            shape.hiddenSize, shape.intermediateSize, shape.attention.queryWidth, shape.attention.keyWidth,
        ]
        let copied = widths.filter { $0 % 1024 == 0 }.max() ?? 0
        let (keeping, recomputing) = shape.activationsPerToken
        return TrainingMemory(
            fixed: shape.weightByteCount + state + packed, perToken: float * (keeping + copied),
            perTokenRecomputing: float * (recomputing + copied))
    }
}
