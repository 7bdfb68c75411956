import CheckpointIO
import Platform

/// A checkpoint that is to be written: its name and the moment it holds.
struct DueSave: Sendable {
    let name: CheckpointName
    let snapshot: CheckpointSnapshot
}

/// Checkpoints to be written one after another: all that writing them takes, and nothing that training changes.
struct SaveJob: Sendable {
    /// What became of one checkpoint.
    enum Outcome: Sendable {
        /// It is complete on disk.
        case saved(SaveReport, TrainingProgress, cleanupFailure: FileError?)
        /// There was no room for it.
        case noRoom(DueSave, reason: String)
        /// Writing failed; the checkpoints after it were not tried.
        case failed(any Error)
    }

    let saves: [DueSave]
    let composer: CheckpointComposer
    let directory: RunDirectory
    let schedule: CheckpointSchedule
    /// Without validation there will be no best checkpoint for an overwritten run to wait for.
    let hasValidation: Bool
    let fileSystem: any FileSystem
    let now: @Sendable () -> Double
    /// Makes the lines of the log durable that were written before the moment of the checkpoints.
    let synchronizeMetrics: (@Sendable () throws -> Void)?

    /// Writes them.
    func run() -> [Outcome] {
        var outcomes: [Outcome] = []
        do {
            // No checkpoint may stand at a step that the log could lose.
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
            let written = try composer.write(save.snapshot, to: path, fileSystem: fileSystem)
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

    /// What a new checkpoint makes superfluous goes once the new one is complete.
    private func tidy(after name: CheckpointName) throws {
        switch name {
        case .best: try directory.removeAside()
        case .epoch(let number): try directory.removeExpired(schedule, upTo: number)
        case .last:
            if !hasValidation { try directory.removeAside() }
        }
    }
}
