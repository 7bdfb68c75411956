/// How a run ended.
public struct TrainingResult: Sendable, Hashable {
    /// Why it ended.
    public enum Reason: Sendable, Hashable {
        /// All steps are done.
        case completed
        /// There was no improvement for as many epochs as patience allows.
        case stoppedEarly
        /// It was asked to stop, and `last/` holds where it stood.
        case interrupted
    }

    /// Why it ended.
    public let reason: Reason
    /// The number of optimizer steps done.
    public let steps: Int
    /// The number of epochs done, a last one cut short by a step limit included.
    public let epochs: Int
    /// The epochs in order.
    public let history: [EpochReport]
    /// The best evaluation, or nil when there was none.
    public let best: ImprovementTracker.Best?
    /// The directory of the best checkpoint, or nil when there is none.
    public let bestCheckpoint: String?
    /// The directory of the newest checkpoint.
    public let lastCheckpoint: String
    /// How long this process trained.
    public let seconds: Double
    /// How much of that training stood still for its checkpoints, which are written beside it.
    public let savingSeconds: Double
    /// Checkpoints that could not be written for lack of room until the end.
    public let unsaved: [CheckpointName]
}
