import CheckpointIO
import ClassificationData
import Platform
import TensorCore
import TransformerModels

/// A training run: the loop over epochs and steps.
///
/// Its state is `progress` and the model's store, and a checkpoint holds both. They alone decide what the loop does
/// next, so a resumed run does exactly what the uninterrupted one would have done.
final class TrainingRun {
    let setup: TrainingSetup
    let directory: RunDirectory
    let hooks: TrainingHooks
    /// The processes that train together; decides whether this one writes files.
    let collective: any Collective
    let emit: (TrainingEvent) -> Void
    let shouldStop: () -> Bool
    let model: SequenceClassifier
    let memory: TrainingMemoryPlan
    var composer: CheckpointComposer
    let checkpoints: CheckpointSchedule
    let startTime: Double
    var progress: TrainingProgress
    var throughput = Throughput()
    var metrics: MetricsLog?
    /// The progress in `last/` on disk, as far as this process knows.
    var savedProgress: TrainingProgress?
    var lastSaveTime: Double
    /// Checkpoints that did not fit on the disk, for the next try.
    var unsaved: [PendingSave] = []
    /// Writes checkpoints in the background.
    let saver = BackgroundWork<[SaveJob.Outcome]>(name: "apr.saves")
    /// How long training waited for checkpoints.
    var savingSeconds = 0.0
    /// The full result of the last validation.
    var validationResult: ValidationResult?

    private let rates: LRSchedule
    private let step: TrainingStep
    private let validation: Validation?
    private var epochStart: Double
    /// The order of the current epoch, made when it is first needed.
    private var order: (epoch: Int, indices: [Int])?

    init(
        setup: TrainingSetup, model: SequenceClassifier, memory: TrainingMemoryPlan,
        composer: CheckpointComposer,
        directory: RunDirectory,
        hooks: TrainingHooks, collective: any Collective, profile: OperationProfile?,
        emit: @escaping (TrainingEvent) -> Void, shouldStop: @escaping () -> Bool
    ) {
        self.setup = setup
        self.directory = directory
        self.hooks = hooks
        self.collective = collective
        // Every process does the same; only the main one reports it.
        self.emit = collective.isMain ? emit : { _ in }
        self.shouldStop = { collective.any(shouldStop()) }
        let config = setup.config
        self.model = model
        self.memory = memory
        self.composer = composer
        checkpoints = CheckpointSchedule(config: config)
        rates = LRSchedule(config: config, totalSteps: setup.totalSteps)
        let workspace = setup.base.backend.makeWorkspace()
        step = TrainingStep(
            model: model, data: setup.train, loss: setup.loss, config: config, padTokenID: setup.padToken.id,
            workspace: workspace, memory: memory, collective: collective, profile: profile)
        validation = setup.validation.map {
            Validation(
                model: model, data: $0, tokenBudget: memory.tokenBudget, padTokenID: setup.padToken.id,
                workspace: workspace)
        }
        progress = TrainingProgress(
            tracker: ImprovementTracker(
                isGreaterBetter: config.metricForBest.isGreaterBetter, patience: config.earlyStoppingPatience)
        )
        startTime = hooks.now()
        lastSaveTime = startTime
        epochStart = startTime
    }

    /// Trains to the end, or until it is asked to stop.
    func run() throws -> TrainingResult {
        try writeMissingEpochSaves()
        while true {
            try collectFinishedSaves(waiting: false)
            if isEpochOver {
                guard try endEpoch() else { return try finish(.interrupted) }
                continue
            }
            if progress.stepInEpoch == 0, progress.step >= setup.totalSteps { return try finish(.completed) }
            if progress.stepInEpoch == 0, progress.tracker.isExhausted { return try finish(.stoppedEarly) }
            if shouldStop() { return try finish(.interrupted) }
            var due: [CheckpointName] = []
            if isEvaluationDue {
                guard let report = try evaluate() else { return try finish(.interrupted) }
                if report.isBest { due.append(.best) }
            }
            if isLastDue { due.append(.last) }
            if !due.isEmpty { try saveCheckpoint(due) }
            try takeStep()
        }
    }

    // MARK: - State

    /// The number of steps of the current epoch; a step limit may cut the last one short.
    private var stepsOfEpoch: Int {
        min(setup.stepsPerEpoch, setup.totalSteps - (progress.step - progress.stepInEpoch))
    }

    private var isEpochOver: Bool { progress.stepInEpoch > 0 && progress.stepInEpoch >= stepsOfEpoch }

    private var isEvaluationDue: Bool {
        guard let evalSteps = setup.config.evalSteps, validation != nil, progress.stepInEpoch > 0 else {
            return false
        }
        return progress.step % evalSteps == 0 && progress.evaluatedStep != progress.step
    }

    private var isLastDue: Bool {
        progress.step > 0 && savedProgress != progress && progress.stepInEpoch > 0
            && checkpoints.isLastDue(step: progress.step, secondsSinceSave: hooks.now() - lastSaveTime)
    }

    /// Whether a step limit cut the last epoch short.
    var hasPartialEpoch: Bool { progress.step % setup.stepsPerEpoch != 0 }

    // MARK: - Steps

    private func takeStep() throws {
        let start = hooks.now()
        let indices = try sampleIndices()
        let learningRate = rates.rate(atStep: progress.step)
        let outcome = try step.run(indices: indices, step: progress.step, learningRate: learningRate)
        progress.step += 1
        progress.stepInEpoch += 1
        progress.lossSum += outcome.loss * Double(indices.count)
        progress.correct += outcome.rightCount
        progress.samples += indices.count
        progress.learningRate = learningRate
        throughput.add(seconds: hooks.now() - start, samples: indices.count, tokens: outcome.tokens)
        let report = StepReport(
            step: progress.step, totalSteps: setup.totalSteps, epoch: progress.epoch + 1, loss: outcome.loss,
            accuracy: progress.trainAccuracy ?? 0, learningRate: learningRate,
            gradientNorm: outcome.gradientNorm, samples: indices.count, tokens: outcome.tokens,
            samplesPerSecond: throughput.samplesPerSecond, tokensPerSecond: throughput.tokensPerSecond,
            peakMemory: PeakMemory.byteCount,
            secondsLeft: throughput.secondsPerStep * Double(setup.totalSteps - progress.step))
        try metrics?.append("step", report.json)
        emit(.step(report))
        hooks.afterStep?(progress.step)
    }

    /// The indices of the samples of the next step.
    private func sampleIndices() throws -> [Int] {
        if order?.epoch != progress.epoch {
            order = (progress.epoch, setup.order.indices(inEpoch: progress.epoch))
            epochStart = hooks.now()
        }
        let size = setup.config.effectiveBatchSize
        return Array((order?.indices ?? []).dropFirst(progress.stepInEpoch * size).prefix(size))
    }

    /// Validates and ends the epoch; false if asked to stop before that was done.
    private func endEpoch() throws -> Bool {
        let report = try evaluate()
        if validation != nil, report == nil { return false }
        let isBest = progress.tracker.hasImprovedThisEpoch
        // An improvement made by an evaluation inside the epoch has been saved already.
        let isNewBest = report.map { $0.isBest && $0.step == progress.step } ?? false
        progress.tracker.endEpoch()
        progress.history.append(
            EpochReport(
                epoch: progress.epoch + 1, step: progress.step, trainLoss: progress.trainLoss ?? 0,
                trainAccuracy: progress.trainAccuracy ?? 0, validation: report, isBest: isBest,
                learningRate: progress.learningRate, seconds: 0))
        progress.epoch += 1
        progress.stepInEpoch = 0
        progress.lossSum = 0
        progress.correct = 0
        progress.samples = 0
        guard let epoch = progress.history.last else { return true }
        try metrics?.append("epoch", epoch.logJSON(seconds: hooks.now() - epochStart))
        try saveCheckpoint(
            (isNewBest ? [.best] : [])
                + checkpoints.atEpochEnd(epochs: progress.epoch, isPartial: hasPartialEpoch))
        emit(.epoch(epoch.lasting(hooks.now() - epochStart)))
        return true
    }

    /// Validates the current model, unless that has been done; nil without validation data, or if asked to stop.
    private func evaluate() throws -> EvaluationReport? {
        guard let validation else { return nil }
        if progress.evaluatedStep == progress.step { return progress.lastEvaluation }
        guard let (scores, logits) = try scores(validation) else { return nil }
        guard scores.loss.isFinite else {
            try setup.base.checkFinite()
            throw TrainingError.notFinite(
                step: progress.step, quantity: "validation loss", value: scores.loss)
        }
        let metric =
            switch setup.config.metricForBest {
            case .loss: scores.loss
            case .accuracy: scores.accuracy
            case .macroF1: scores.macroF1
            }
        let isBest = progress.tracker.evaluate(metric, step: progress.step, epoch: progress.epoch + 1)
        let report = EvaluationReport(
            step: progress.step, epoch: progress.epoch + 1, loss: scores.loss, accuracy: scores.accuracy,
            macroF1: scores.macroF1, isBest: isBest)
        progress.evaluatedStep = progress.step
        progress.lastEvaluation = report
        try metrics?.append("evaluation", report.json)
        emit(.evaluated(report))
        if let logits, let examples = setup.validationDataset?.examples {
            emit(
                .predicted(
                    ValidationPredictions(
                        step: report.step, epoch: report.epoch, isBest: isBest,
                        examples: validation.data.indices.map { examples[$0] }, logits: logits)))
        }
        return report
    }

    private func scores(
        _ validation: Validation
    ) throws -> (ValidationScores, logits: [Float]?)? {
        if let evaluation = hooks.evaluation {
            return (evaluation(progress.epoch + 1, progress.step), nil)
        }
        guard let logits = try validation.logits(shouldStop: shouldStop, progress: { emit(.working($0)) })
        else { return nil }
        validationResult = ValidationResult(
            step: progress.step, logits: logits, data: validation.data, labels: setup.dataset.labels)
        return (validation.scores(logits, loss: setup.loss), logits)
    }

    private func finish(_ reason: TrainingResult.Reason) throws -> TrainingResult {
        try collectFinishedSaves(waiting: true)
        if savedProgress != progress { try saveCheckpoint([.last]) }
        try retryUnsaved()
        try closeMetrics(.finished(reason))
        let best = directory.path(of: .best)
        if let pending = unsaved.first(where: { $0.name == .best }) {
            throw TrainingError.bestNotSaved(directory: best, reason: pending.reason)
        }
        let result = TrainingResult(
            reason: reason, steps: progress.step, epochs: progress.history.count, history: progress.history,
            best: progress.tracker.best,
            bestCheckpoint: progress.tracker.best == nil ? nil : best,
            lastCheckpoint: directory.path(of: .last), seconds: hooks.now() - startTime,
            savingSeconds: savingSeconds, unsaved: unsaved.map(\.name))
        emit(.finished(result))
        return result
    }
}
