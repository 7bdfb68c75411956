import CheckpointIO
import JSONCore
import Platform
import TensorCore
import TransformerModels

/// A checkpoint that there was no room for: kept in memory until there is.
struct PendingSave {
    let save: DueSave
    let reason: String

    var name: CheckpointName { save.name }
}

/// Saving beside training: the moment is copied, and written while training goes on.
///
/// One job is under way at a time. What it comes to is heard on the training thread, before a step or where the run
/// has to wait: before the next checkpoint, at the end, and before an error leaves the run.
extension TrainingRun {
    /// Has the present moment written as these checkpoints, in this order.
    ///
    /// For lack of room nothing is thrown: the moment is kept and written when the next checkpoint is.
    ///
    /// - Throws: `TrainingError.notFinite` when a weight is no number, in which case nothing is written;
    ///   `FileError` when writing what was due before failed for another reason than lack of room.
    func saveCheckpoint(_ names: [CheckpointName]) throws {
        guard collective.isMain else {
            if names.contains(.last) { savedProgress = progress }
            return
        }
        try collectFinishedSaves(waiting: true)
        try whileSaving {
            // Whatever the device has changed must be in the host's copy before it is read.
            model.store.synchronize()
            let snapshot = CheckpointSnapshot(
                store: model.store, progress: progress,
                timing: CheckpointSnapshot.Timing(
                    createdAt: Timestamp.now, seconds: hooks.now() - startTime,
                    samplesPerSecond: throughput.samplesPerSecond,
                    tokensPerSecond: throughput.tokensPerSecond),
                validationResult: validationResult?.step == progress.evaluatedStep ? validationResult : nil)
            if let value = snapshot.firstNonFinite {
                throw TrainingError.notFinite(
                    step: progress.step, quantity: "value of a weight", value: Double(value))
            }
            unsaved.removeAll { names.contains($0.name) }
            start(unsaved.map(\.save) + names.map { DueSave(name: $0, snapshot: snapshot) })
        }
        if names.contains(.last) { lastSaveTime = hooks.now() }
        if !hooks.overlapsSaves { try collectFinishedSaves(waiting: true) }
    }

    private func start(_ saves: [DueSave]) {
        unsaved = []
        let job = SaveJob(
            saves: saves, composer: composer, directory: directory, schedule: checkpoints,
            hasValidation: setup.validation != nil, fileSystem: hooks.fileSystem, now: hooks.now,
            synchronizeMetrics: metrics?.synchronizer)
        saver.start { job.run() }
    }

    /// Hears what the checkpoints under way came to.
    ///
    /// - Parameter waiting: whether to wait until they are written.
    /// - Throws: what writing failed with, unless it was lack of room.
    func collectFinishedSaves(waiting: Bool) throws {
        guard let outcomes = whileSaving({ saver.take(waiting: waiting) }) else { return }
        for outcome in outcomes {
            switch outcome {
            case .saved(let report, let progress, let cleanupFailure):
                if report.name == .last { savedProgress = progress }
                emit(.saved(report))
                if let failure = cleanupFailure {
                    emit(.warning(.leftoverStays(path: failure.path, reason: failure.description)))
                }
            case .noRoom(let save, let reason):
                unsaved.append(PendingSave(save: save, reason: reason))
                emit(.warning(.saveFailed(name: save.name, reason: reason)))
            case .failed(let error): throw error
            }
        }
    }

    /// Waits for the checkpoints under way and tries again what there was no room for.
    func retryUnsaved() throws {
        try collectFinishedSaves(waiting: true)
        guard !unsaved.isEmpty else { return }
        start(unsaved.map(\.save))
        try collectFinishedSaves(waiting: true)
    }

    /// Counts the time in which training stands still for its checkpoints.
    private func whileSaving<Value>(_ body: () throws -> Value) rethrows -> Value {
        let start = hooks.now()
        defer { savingSeconds += hooks.now() - start }
        return try body()
    }

    /// After a resume: does what the interrupted run had yet to do when it stopped at the end of an epoch, removing
    /// checkpoints whose time had passed and writing those of the moment that are not on disk.
    func writeMissingEpochSaves() throws {
        guard collective.isMain else { return }
        try directory.removeExpired(checkpoints, upTo: progress.epoch)
        guard progress.epoch > 0, progress.stepInEpoch == 0 else { return }
        var names = checkpoints.atEpochEnd(epochs: progress.epoch, isPartial: hasPartialEpoch)
        if progress.tracker.best?.step == progress.step { names.insert(.best, at: 0) }
        let missing = names.filter { name in
            let path = directory.path(of: name)
            guard CheckpointVerifier.verify(directory: path).isValid,
                let state = try? TrainingStateFile(checkpoint: path)
            else { return true }
            return state.progress.step != progress.step || state.progress.stepInEpoch != 0
        }
        if !missing.isEmpty { try saveCheckpoint(missing) }
    }
}

extension CheckpointSnapshot {
    /// A weight that is no finite number, if there is one.
    var firstNonFinite: Float? {
        for tensor in parameters {
            if let value = tensor.values.first(where: { !$0.isFinite }) { return value }
        }
        return nil
    }
}
