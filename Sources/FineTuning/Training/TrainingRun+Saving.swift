import CheckpointIO
import JSONCore
import TensorCore
import TransformerModels

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A checkpoint that there was no room for: kept in memory until there is.
struct PendingSave {
    let name: CheckpointName
    let snapshot: CheckpointSnapshot
    let reason: String
}

extension TrainingRun {
    /// Writes the present moment as these checkpoints, in this order.
    ///
    /// For lack of room nothing is thrown: the moment is kept and written when the next checkpoint is.
    ///
    /// - Throws: `TrainingError.notFinite` when a weight is no number, in which case nothing is written;
    ///   `CheckpointError` when writing fails for another reason than lack of room.
    func saveCheckpoint(_ names: [CheckpointName]) throws {
        // Whatever the device has changed must be in the host's copy before it is read.
        model.store.synchronize()
        let snapshot = CheckpointSnapshot(
            store: model.store, progress: progress,
            timing: CheckpointSnapshot.Timing(
                createdAt: Timestamp.now, seconds: hooks.now() - startTime,
                samplesPerSecond: throughput.samplesPerSecond, tokensPerSecond: throughput.tokensPerSecond),
            validationReport: reportOfLastValidation)
        if let value = snapshot.firstNonFinite {
            throw TrainingError.notFinite(
                step: progress.step, quantity: "value of a weight", value: Double(value))
        }
        try metrics?.synchronize()
        unsaved.removeAll { names.contains($0.name) }
        try retryUnsaved()
        for name in names { try write(snapshot, as: name) }
        if names.contains(.last) { lastSaveTime = hooks.now() }
    }

    /// The report of the validation whose figures the progress holds; after a resume, until the next validation,
    /// there is only what a checkpoint kept of it.
    private var reportOfLastValidation: JSONObject? {
        guard validationFindings?.step == progress.evaluatedStep else { return nil }
        return validationFindings?.report
    }

    /// Tries again what there was no room for.
    func retryUnsaved() throws {
        let pending = unsaved
        unsaved = []
        for save in pending { try write(save.snapshot, as: save.name) }
    }

    /// After a resume: does what the interrupted run had yet to do when it stopped at the end of an epoch, removing
    /// checkpoints whose time had passed and writing those of the moment that are not on disk.
    func completeEpochSaves() throws {
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

    private func write(_ snapshot: CheckpointSnapshot, as name: CheckpointName) throws {
        let start = hooks.now()
        let path = directory.path(of: name)
        do {
            try checkRoom(for: snapshot)
            let outcome = try composer.write(snapshot, to: path, fileSystem: hooks.fileSystem)
            if name == .last { savedProgress = snapshot.progress }
            emit(
                .saved(
                    SaveReport(
                        name: name, path: path, step: snapshot.progress.step,
                        byteCount: outcome.manifest.entries.reduce(0) { $0 + $1.byteCount },
                        seconds: hooks.now() - start)))
            if let failure = outcome.cleanupFailure {
                emit(.warning(.leftoverStays(path: failure.path, reason: failure.description)))
            }
            try tidy(after: name)
        } catch let error as CheckpointError where error.isOutOfSpace {
            unsaved.append(PendingSave(name: name, snapshot: snapshot, reason: error.description))
            emit(.warning(.saveFailed(name: name, reason: error.description)))
        }
    }

    private func checkRoom(for snapshot: CheckpointSnapshot) throws(CheckpointError) {
        let needed = snapshot.byteCount + composer.fixedByteCount
        let free = try hooks.fileSystem.freeSpace(at: directory.path)
        guard free >= needed else {
            throw CheckpointError.io(.freeSpace, errno: ENOSPC, path: directory.path)
        }
    }

    /// What a new checkpoint makes superfluous goes once the new one is complete.
    private func tidy(after name: CheckpointName) throws {
        switch name {
        case .best: try directory.removeAside()
        case .epoch(let number): try directory.removeExpired(checkpoints, upTo: number)
        case .last:
            // Without validation there will be no best checkpoint to wait for.
            if setup.validation == nil { try directory.removeAside() }
        }
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
