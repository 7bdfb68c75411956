package import Platform

/// What tests replace: the clock, files and validation. In production, the real ones.
package struct TrainingHooks: Sendable {
    /// What carries out changes to files.
    package var fileSystem: any FileSystem
    /// Seconds on a clock that never goes back.
    package var now: @Sendable () -> Double
    /// Replaces validation, given the epoch (from 1) and the number of steps done.
    package var evaluation: (@Sendable (_ epoch: Int, _ step: Int) -> ValidationScores)?
    /// Called after each step, with the number of steps done.
    package var afterStep: (@Sendable (Int) -> Void)?
    /// Whether training goes on while a checkpoint is written. When it waits instead, the operations of a run come in
    /// the same order every time, so that each can be tried in turn.
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
