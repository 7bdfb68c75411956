package import Platform

/// What tests replace: the clock, files and validation. In production, the real ones.
package struct TrainingHooks: Sendable {
    /// The file system that carries out all changes.
    package var fileSystem: any FileSystem
    /// Seconds on a clock that never goes back.
    package var now: @Sendable () -> Double
    /// Replaces validation, given the epoch (from 1) and the number of steps done.
    package var evaluation: (@Sendable (_ epoch: Int, _ step: Int) -> ValidationScores)?
    /// Called after each step, with the number of steps done.
    package var afterStep: (@Sendable (Int) -> Void)?
    /// Whether training continues while a checkpoint is written. If it waits, file operations always happen in the
    /// same order, so that tests can fail each in turn.
    package var overlapsSaves = true

    package init(
        fileSystem: any FileSystem = DiskFileSystem(), now: (@Sendable () -> Double)? = nil,
        evaluation: (@Sendable (Int, Int) -> ValidationScores)? = nil,
        afterStep: (@Sendable (Int) -> Void)? = nil
    ) {
        self.fileSystem = fileSystem
        self.now = now ?? { Timestamp.monotonic }
        self.evaluation = evaluation
        self.afterStep = afterStep
    }
}
