import CheckpointIO
import ClassificationData
import Diagnostics
import Inference
import JSONCore
import Platform
import TensorCore
import TransformerModels

extension TrainingRun {
    /// Prepares the run to start at its first step or at a checkpoint.
    func prepare(mode: RunMode) throws {
        let plan = setup.plan(model: model, memory: memory)
        emit(.started(plan))
        for warning in plan.warnings { emit(.warning(warning)) }
        if !directory.leftovers.isEmpty { emit(.warning(.recovered(directory.leftovers))) }
        let earlier = mode.isResuming ? try RunRecord.load(directory: directory.path) : nil
        if let earlier { try resume(earlier, onChangedData: mode == .resumeOnChangedData) }
        guard collective.isMain else { return }
        if CheckpointVerifier.verify(directory: directory.path(of: .best)).isValid {
            // An overwritten run whose removal was interrupted.
            try directory.removeAside()
        }
        var record = RunRecord(
            config: setup.config, baseDirectory: RealPath.of(setup.base.directory),
            identity: composer.identity, startedAt: earlier?.startedAt ?? Timestamp.now)
        // The corpus may come from standard input now and have been a file before, with the same content.
        record.data = setup.dataset.source ?? earlier?.data
        if setup.split.validation.isEmpty {
            record.validationData = setup.validationDataset?.source ?? earlier?.validationData
        }
        record.threadCount = setup.base.backend.threadCount
        record.runID = earlier?.runID ?? RunRecord.newRunID()
        composer.runID = record.runID
        try record.write(directory: directory.path, fileSystem: directory.fileSystem)
        try openMetrics(startedAt: record.startedAt)
    }

    private func resume(_ record: RunRecord, onChangedData: Bool) throws {
        var changes = try differences(from: record.identity, allowingData: onChangedData)
        var unknown = composer.identity.unknown(in: record.identity)
        if let point = try newestCheckpoint(of: record) {
            // A run that has been resumed by this version has a record of what an older checkpoint lacks.
            let identity = point.state.identity.completed(from: record.identity)
            changes += try differences(from: identity, allowingData: onChangedData)
            try restore(point)
            includeTexts(point.state.trainingTexts)
            if point.state.arithmeticVersion == nil, !unknown.isEmpty { unknown.append("arithmetic_version") }
            emit(
                .resumed(
                    ResumeReport(checkpoint: point.path, step: progress.step, epochs: progress.epoch)))
        } else {
            // The run ended before its first checkpoint, so it starts again from its first step.
            emit(.resumed(ResumeReport(checkpoint: directory.path, step: 0, epochs: 0)))
        }
        if !unknown.isEmpty { emit(.warning(.notRecorded(unknown))) }
        if !changes.isEmpty { emit(.warning(.dataChanged)) }
        guard collective.isMain else { return }
        let current = progress
        try MetricsLog.cut(directory: directory.path, step: current.step, fileSystem: directory.fileSystem) {
            line in
            current.includes(line)
        }
        try takeDurations()
    }

    /// Takes the durations of the epochs so far from the log, as far as it has them.
    private func takeDurations() throws {
        var seconds: [Int: Double] = [:]
        for line in try MetricsLog.read(directory: directory.path) where line.type == "epoch" {
            guard let epoch = line.object.count("epoch"), let value = line.object["seconds"]?.double,
                value.isFinite, value >= 0
            else { continue }
            seconds[epoch] = value
        }
        durations = seconds
    }

    /// Counts the texts that the run has trained on so far: of another corpus, some may validate now.
    private func includeTexts(_ earlier: TrainingTexts?) {
        guard let earlier, earlier != composer.trainingTexts else { return }
        composer.trainingTexts = composer.trainingTexts.union(earlier)
        guard let dataset = setup.validationDataset, let validation = setup.validation else { return }
        let lines = composer.trainingTexts.lines(in: dataset, of: validation.indices).sorted()
        guard lines.count > composer.validationOverlap else { return }
        composer.validationOverlap = lines.count
        emit(
            .warning(
                .validationOverlap(
                    count: lines.count, of: validation.indices.count, lines: Array(lines.prefix(20)))))
    }

    /// The differences of the run from its record.
    ///
    /// - Throws: `TrainingError.resumeMismatch` for any difference that resuming does not allow.
    private func differences(
        from recorded: RunIdentity, allowingData: Bool
    ) throws(TrainingError) -> [RunIdentity.Difference] {
        let differences = composer.identity.differences(from: recorded)
        guard differences.allSatisfy({ allowingData && $0.isOfData }) else {
            throw .resumeMismatch(
                directory: directory.path, differences: differences.map(\.text),
                isOfDataAlone: differences.allSatisfy(\.isOfData))
        }
        return differences
    }

    private struct ResumePoint {
        let path: String
        let name: CheckpointName
        let state: TrainingStateFile
    }

    /// The valid checkpoint with the most steps; nil if the run never wrote one to resume from.
    private func newestCheckpoint(of record: RunRecord) throws -> ResumePoint? {
        let names = try RunDirectory.checkpoints(in: directory.path)
        guard !names.isEmpty else { return nil }
        var newest: ResumePoint?
        var reasons: [Message] = []
        var best: String?
        for name in names {
            let path = directory.path(of: name)
            do {
                guard let point = try resumePoint(name, path: path, of: record) else {
                    best = path
                    continue
                }
                guard let other = newest else {
                    newest = point
                    continue
                }
                // If two have the same step, the one written later in that step is newer.
                if (point.state.progress.step, point.state.progress.epoch, point.name == .last ? 1 : 0)
                    > (other.state.progress.step, other.state.progress.epoch, other.name == .last ? 1 : 0)
                {
                    newest = point
                }
            } catch {
                reasons.append("\(error)")
                emit(.warning(.checkpointSkipped(path: path, reason: "\(error)")))
            }
        }
        if newest == nil {
            // best/ is written before last/, so a run that died in its first epoch may have it alone.
            if let best {
                if names == [.best], let epoch = Self.recordedProgress(in: best)?.epoch, epoch <= 1 {
                    return nil
                }
                reasons.append("\(best) has no training state")
            }
            throw TrainingError.nothingToResume(directory: directory.path, reasons: reasons)
        }
        return newest
    }

    /// A valid checkpoint; nil if it is a best one without training state.
    private func resumePoint(
        _ name: CheckpointName, path: String, of record: RunRecord
    ) throws -> ResumePoint? {
        let report = CheckpointVerifier.verify(directory: path)
        if let problem = report.problems.first { throw problem }
        if let problem = RunVerifier.foreignness(of: report, record: record) { throw problem }
        guard report.isResumable else {
            if name == .best { return nil }
            throw TrainingError.badRunFile(
                path: path.appendingComponent(TrainingStateFile.name), fact: "not there")
        }
        return ResumePoint(
            path: path, name: name,
            state: try TrainingStateFile(checkpoint: path, patience: setup.config.earlyStoppingPatience))
    }

    private func restore(_ point: ResumePoint) throws {
        let weights = try APRFile(path: point.path.appendingComponent("model.apr"))
        do {
            try model.store.install(in: .parameters) { slot in
                (try weights.tensor(slot.name).shape, try weights.floats(of: slot.name))
            }
            try model.store.install(in: .firstMoments) { slot in
                (slot.shape, try point.state.moments(of: slot.name).first)
            }
            try model.store.install(in: .secondMoments) { slot in
                (slot.shape, try point.state.moments(of: slot.name).second)
            }
        } catch ParameterStore.Mismatch.wrongShape(let name, let shape, let expected) {
            throw TrainingError.badRunFile(
                path: point.path, fact: "\(name) has the shape \(shape) instead of \(expected)")
        }
        progress = point.state.progress
        progress.reopenCutEpoch(
            stepsPerEpoch: setup.stepsPerEpoch, totalSteps: setup.totalSteps,
            batchSize: setup.config.effectiveBatchSize)
        let metadata = TokenizerFiles.object(InferenceSettings.fileName, in: point.path)
        if let step = progress.evaluatedStep, let report = metadata?["validation_report"]?.object {
            validationResult = ValidationResult(
                step: step, report: report, decision: metadata?["decision"]?.object)
        }
        if point.name == .last { savedProgress = point.state.progress }
        earlierSeconds =
            metadata?["seconds"]?.double
            .flatMap { $0.isFinite && $0 >= 0 ? $0 : nil } ?? 0
        if point.state.numerics != composer.numerics {
            emit(.warning(.numericsDiffer(before: point.state.numerics, now: composer.numerics)))
        }
        if let before = point.state.arithmeticVersion, before != ArithmeticVersion.current {
            emit(.warning(.arithmeticDiffers(before: before, now: ArithmeticVersion.current)))
        }
    }
}

extension TrainingProgress {
    /// Whether a line of the metrics had been written at this point of the run.
    func includes(_ line: MetricsLog.Line) -> Bool {
        guard line.step == step else { return line.step < step }
        switch line.type {
        case "evaluation": return evaluatedStep == step
        case "epoch": return stepInEpoch == 0
        default: return true
        }
    }
}
