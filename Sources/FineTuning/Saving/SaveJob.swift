import CheckpointIO
import Platform

/// A checkpoint to write: its name and its content.
struct DueSave: Sendable {
    let name: CheckpointName
    let snapshot: CheckpointSnapshot
}

/// Writes checkpoints one after another. It has everything that it needs and shares nothing that training changes.
struct SaveJob: Sendable {
    /// The outcome of one checkpoint.
    enum Outcome: Sendable {
        /// It is complete on disk.
        case saved(SaveReport, TrainingProgress, cleanupFailure: FileError?)
        /// The disk was too full.
        case noRoom(DueSave, reason: String)
        /// Writing failed; the checkpoints after it were not tried.
        case failed(any Error)
    }

    let saves: [DueSave]
    let composer: CheckpointComposer
    let directory: RunDirectory
    let schedule: CheckpointSchedule
    /// Without validation there is no best checkpoint, so an overwritten run is removed after the first `last/`.
    let hasValidation: Bool
    let fileSystem: any FileSystem
    let now: @Sendable () -> Double
    /// Flushes the log lines that precede the checkpoints to the disk.
    let synchronizeMetrics: (@Sendable () throws -> Void)?

    /// Writes the checkpoints.
    func run() -> [Outcome] {
        var outcomes: [Outcome] = []
        do {
            // A checkpoint must not be ahead of the log after a power cut.
            try synchronizeMetrics?()
            for save in saves { try write(save, &outcomes) }
        } catch {
            outcomes.append(.failed(error))
        }
        return outcomes
    }

    private func write(_ save: DueSave, _ outcomes: inout [Outcome]) throws {
        let start = now()
        let path = directory.path(of: save.name)
        do {
            try checkRoom(for: save.snapshot)
            let written = try composer.write(
                save.snapshot, to: path,
                isResumable: save.name != .best || composer.config.keepOptimizerState, fileSystem: fileSystem)
            let report = SaveReport(
                name: save.name, path: path, step: save.snapshot.progress.step,
                byteCount: written.manifest.entries.reduce(0) { $0 + $1.byteCount }, seconds: now() - start)
            outcomes.append(
                .saved(report, save.snapshot.progress, cleanupFailure: written.cleanupFailure))
            try tidy(after: save.name)
        } catch let error as FileError where error.isOutOfSpace {
            outcomes.append(.noRoom(save, reason: error.description))
        }
    }

    private func checkRoom(for snapshot: CheckpointSnapshot) throws(FileError) {
        let needed = snapshot.byteCount + composer.fixedByteCount
        let free = try fileSystem.freeSpace(at: directory.path)
        guard free >= needed else {
            throw FileError.io(.freeSpace, errno: ENOSPC, path: directory.path)
        }
    }

    /// Removes what the new, complete checkpoint makes superfluous.
    private func tidy(after name: CheckpointName) throws {
        switch name {
        case .best: try directory.removeAside()
        case .epoch(let number): try directory.removeExpired(schedule, upTo: number)
        case .last:
            if !hasValidation { try directory.removeAside() }
        }
    }
}
