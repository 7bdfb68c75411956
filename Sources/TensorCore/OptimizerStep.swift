/// The numbers of one AdamW update.
public struct AdamWStep: Sendable, Hashable {
    /// The learning rate of this step.
    public var learningRate: Double
    /// The decay of the first moment.
    public var beta1: Double
    /// The decay of the second moment.
    public var beta2: Double
    /// Added to the denominator.
    public var eps: Double
    /// The decoupled weight decay.
    public var weightDecay: Double
    /// The number of this update, counted from 1, for the bias corrections.
    public var step: Int

    /// The settings of one update; all defaults but the weight decay are those of `torch.optim.AdamW`.
    public init(
        learningRate: Double, beta1: Double = 0.9, beta2: Double = 0.999, eps: Double = 1e-8,
        weightDecay: Double = 0.01, step: Int
    ) {
        self.learningRate = learningRate
        self.beta1 = beta1
        self.beta2 = beta2
        self.eps = eps
        self.weightDecay = weightDecay
        self.step = step
    }
}
