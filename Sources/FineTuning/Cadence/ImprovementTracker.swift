/// Remembers the best evaluation and how long ago it was.
///
/// An evaluation improves when its metric is strictly better than the best so far; NaN never improves. Patience is
/// counted in epochs: an epoch counts as improved when any evaluation in it was an improvement.
public struct ImprovementTracker: Sendable, Hashable {
    /// The best evaluation.
    public struct Best: Sendable, Hashable {
        /// Its metric.
        public let value: Double
        /// The optimizer steps done by then.
        public let step: Int
        /// The epoch it belongs to, counted from 1.
        public let epoch: Int

        /// An evaluation that was an improvement.
        public init(value: Double, step: Int, epoch: Int) {
            self.value = value
            self.step = step
            self.epoch = epoch
        }
    }

    /// Whether a higher metric is better.
    public let isGreaterBetter: Bool
    /// The number of epochs in a row without improvement after which training stops; 0 never stops it.
    public let patience: Int
    /// The best evaluation, or nil before the first.
    public private(set) var best: Best?
    /// How many epochs have ended in a row without improvement.
    public private(set) var epochsWithoutImprovement: Int
    /// Whether the epoch under way has seen an improvement.
    public private(set) var hasImprovedThisEpoch: Bool

    /// A tracker, restored from its values or new.
    public init(
        isGreaterBetter: Bool, patience: Int, best: Best? = nil, epochsWithoutImprovement: Int = 0,
        hasImprovedThisEpoch: Bool = false
    ) {
        self.isGreaterBetter = isGreaterBetter
        self.patience = patience
        self.best = best
        self.epochsWithoutImprovement = epochsWithoutImprovement
        self.hasImprovedThisEpoch = hasImprovedThisEpoch
    }

    /// Records an evaluation and returns whether it is the best so far.
    public mutating func evaluate(_ value: Double, step: Int, epoch: Int) -> Bool {
        guard !value.isNaN else { return false }
        if let best, isGreaterBetter ? value <= best.value : value >= best.value { return false }
        best = Best(value: value, step: step, epoch: epoch)
        hasImprovedThisEpoch = true
        return true
    }

    /// Records the end of an epoch.
    public mutating func endEpoch() {
        epochsWithoutImprovement = hasImprovedThisEpoch ? 0 : epochsWithoutImprovement + 1
        hasImprovedThisEpoch = false
    }

    /// Takes the end of the last epoch back, which goes on after all.
    ///
    /// - Parameter hadImproved: whether an evaluation in it was an improvement.
    mutating func reopenEpoch(hadImproved: Bool) {
        epochsWithoutImprovement = hadImproved ? 0 : max(0, epochsWithoutImprovement - 1)
        hasImprovedThisEpoch = hadImproved
    }

    /// Whether patience has run out.
    public var isExhausted: Bool { patience > 0 && epochsWithoutImprovement >= patience }
}
