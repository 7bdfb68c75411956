public import TensorCore

extension CPUBackend {
    /// The tokens of a micro-batch where nobody says otherwise.
    ///
    /// More rows make products no faster from here on, and only take memory: see docs/PERFORMANCE.md.
    private static let preferredTokenBudget = 944

    public func planTraining(_ demand: TrainingDemand) throws(BackendError) -> TrainingMemoryPlan {
        try TrainingMemoryPlan(
            demand, memory: trainingMemory(of: demand.shape), preferred: Self.preferredTokenBudget)
    }

    /// Nothing is kept, so that rows are cheap.
    public func predictionTokenBudget(for shape: ModelShape) -> Int { 2048 }

    /// What training takes here: the activations of the default bodies, which this backend's overrides do not exceed.
    private func trainingMemory(of shape: ModelShape) -> TrainingMemory {
        let float = MemoryLayout<Float>.stride
        // Parameters, gradients and two moments, and a copy of all but the gradients while a checkpoint is written.
        let state = (4 + 3) * shape.trainedParameterCount * float
        // What each thread has packed of a product's weights.
        let packed = threads << 19
        // Rows that would lie a multiple of 4 KiB apart are copied for a product.
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
