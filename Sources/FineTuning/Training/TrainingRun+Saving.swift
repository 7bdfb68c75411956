import CheckpointIO
import Inference
import JSONCore
import Platform
import TensorCore
import TransformerModels

/// A checkpoint that did not fit on the disk, kept in memory until it does.
struct PendingSave {
    let save: DueSave
    let reason: String

    var name: CheckpointName { save.name }
}

/// Background saving: the run's state is copied, and written while training continues.
///
/// One job runs at a time. The training thread collects its outcomes before the next step. It waits for them before
/// the next checkpoint, at the end, and before it throws an error.
extension TrainingRun {
    /// Saves the current state as these checkpoints, in this order.
    ///
    /// A full disk is not an error: the state stays in memory until the next checkpoint is written.
    ///
    /// - Throws: `TrainingError.notFinite` if a weight is not finite; then nothing is written; `FileError` if writing
    ///   the previous checkpoints failed for another reason than a full disk.
    func saveCheckpoint(_ names: [CheckpointName]) throws {
        guard collective.isMain else {
            if names.contains(.last) { savedProgress = progress }
            return
        }
        try collectFinishedSaves(waiting: true)
        try whileSaving {
            // The host's copy must be current before it is read.
            model.store.synchronize()
            let snapshot = CheckpointSnapshot(
                store: model.store, progress: progress,
                timing: CheckpointSnapshot.Timing(
                    createdAt: Timestamp.now, seconds: seconds,
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
            hasValidation: setup.validation != nil, fileSystem: directory.fileSystem, now: hooks.now,
            synchronizeMetrics: metrics?.synchronizer)
        saver.start { job.run() }
    }

    /// Collects the outcomes of the running save.
    ///
    /// - Parameter waiting: whether to wait until it is done.
    /// - Throws: the error of writing, unless the disk was full.
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

    /// Waits for the running save and retries the checkpoints that did not fit on the disk.
    func retryUnsaved() throws {
        try collectFinishedSaves(waiting: true)
        guard !unsaved.isEmpty else { return }
        start(unsaved.map(\.save))
        try collectFinishedSaves(waiting: true)
    }

    /// Measures the time in which training waits for checkpoints.
    private func whileSaving<Value>(_ body: () throws -> Value) rethrows -> Value {
        let start = hooks.now()
        defer { savingSeconds += hooks.now() - start }
        return try body()
    }

    /// After a resume at the end of an epoch: removes the expired checkpoints and writes the ones that the
    /// interrupted run did not write.
    func writeMissingEpochSaves() throws {
        guard collective.isMain else { return }
        try directory.removeExpired(checkpoints, upTo: progress.epoch)
        guard progress.epoch > 0, progress.stepInEpoch == 0 else { return }
        var names = checkpoints.atEpochEnd(epochs: progress.epoch, isPartial: hasPartialEpoch)
        if progress.tracker.best?.step == progress.step { names.insert(.best, at: 0) }
        let missing = names.filter { name in
            let path = directory.path(of: name)
            guard CheckpointVerifier.verify(directory: path).isValid else { return true }
            // best/ may have no training state.
            if name == .best { return Self.recordedProgress(in: path)?.step != progress.step }
            guard let state = try? TrainingStateFile(checkpoint: path) else { return true }
            return state.progress.step != progress.step || state.progress.stepInEpoch != 0
        }
        if !missing.isEmpty { try saveCheckpoint(missing) }
    }

    /// The steps and the completed epochs that a valid checkpoint says it has.
    static func recordedProgress(in checkpoint: String) -> (step: Int, epoch: Int)? {
        guard let metadata = TokenizerFiles.object("metadata.json", in: checkpoint),
            let step = metadata.count("step"), let epoch = metadata.count("epoch")
        else { return nil }
        return (step, epoch)
    }
}

extension CheckpointSnapshot {
    /// A weight that is not finite, if there is one.
    var firstNonFinite: Float? {
        for tensor in parameters {
            if let value = tensor.values.first(where: { !$0.isFinite }) { return value }
        }
        return nil
    }
}
