/// Decides which checkpoints are due, without files or a clock.
package struct CheckpointSchedule: Sendable, Hashable {
    /// `epoch-N/` is due every this many epochs.
    package let saveEvery: Int
    /// `last/` is due every this many steps, if given.
    package let saveSteps: Int?
    /// `last/` is due when it is this many seconds old.
    package let saveInterval: Double
    /// The number of `epoch-N/` to keep; nil keeps all.
    package let saveTotalLimit: Int?

    /// The schedule of a configuration.
    package init(config: TrainingConfig) {
        saveEvery = config.saveEvery
        saveSteps = config.saveSteps
        saveInterval = config.saveInterval
        saveTotalLimit = config.saveTotalLimit
    }

    /// What is due when an epoch has ended, in the order of writing.
    ///
    /// - Parameters:
    ///   - epochs: the number of completed epochs.
    ///   - isPartial: whether the epoch was cut short by a step limit and so does not count as completed.
    package func atEpochEnd(epochs: Int, isPartial: Bool = false) -> [CheckpointName] {
        (!isPartial && epochs % saveEvery == 0 ? [.epoch(epochs)] : []) + [.last]
    }

    /// Whether `last/` is due inside an epoch.
    ///
    /// - Parameters:
    ///   - step: the number of steps done.
    ///   - secondsSinceSave: the age of `last/`, or the time since the start while there is none.
    package func isLastDue(step: Int, secondsSinceSave: Double) -> Bool {
        if let saveSteps, step % saveSteps == 0 { return true }
        return secondsSinceSave >= saveInterval
    }

    /// The epochs whose checkpoints have expired: all but the newest `saveTotalLimit`.
    package func expired(_ epochs: [Int]) -> [Int] {
        guard let saveTotalLimit else { return [] }
        return Array(epochs.sorted().dropLast(saveTotalLimit))
    }
}

/// The name of a checkpoint in a run directory.
public enum CheckpointName: Sendable, Hashable {
    /// The best so far.
    case best
    /// The state after this many completed epochs.
    case epoch(Int)
    /// The newest state, for resuming.
    case last

    /// The directory's name.
    public var directoryName: String {
        switch self {
        case .best: "best"
        case .epoch(let number): "epoch-\(number)"
        case .last: "last"
        }
    }

    /// The checkpoint with this directory name, or nil.
    public init?(directoryName: String) {
        switch directoryName {
        case "best": self = .best
        case "last": self = .last
        default:
            guard directoryName.hasPrefix("epoch-"), let number = Int(directoryName.dropFirst(6)), number > 0,
                directoryName.utf8.elementsEqual("epoch-\(number)".utf8)
            else { return nil }
            self = .epoch(number)
        }
    }
}
