/// How a run ended.
public struct TrainingResult: Sendable, Hashable {
    /// Why it ended.
    public enum Reason: Sendable, Hashable {
        /// All steps are done.
        case completed
        /// There was no improvement for as many epochs as patience allows.
        case stoppedEarly
        /// It was asked to stop, and `last/` holds its state.
        case interrupted
    }

    /// Why it ended.
    public let reason: Reason
    /// The number of optimizer steps done.
    public let steps: Int
    /// The number of epochs done, including one that a step limit cut short.
    public let epochs: Int
    /// The epochs in order.
    public let history: [EpochReport]
    /// The best evaluation, or nil when there was none.
    public let best: ImprovementTracker.Best?
    /// The directory of the best checkpoint, or nil when there is none.
    public let bestCheckpoint: String?
    /// The directory of the newest checkpoint.
    public let lastCheckpoint: String
    /// How long the run trained, over all processes that resumed it.
    public let seconds: Double
    /// How long this process waited for checkpoints, which are written in the background.
    public let savingSeconds: Double
    /// Checkpoints that could not be written because the disk was full.
    public let unsaved: [CheckpointName]
    /// The largest learning rate of any step.
    public let largestLearningRate: Double
}
