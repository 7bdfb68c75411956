import JSONCore

/// The state of a run besides weights and moments, which a checkpoint stores and a resume restores.
///
/// Everything random is a function of (seed, epoch, step, sample), so this is all there is.
struct TrainingProgress: Sendable, Hashable {
    /// The number of optimizer steps done.
    var step = 0
    /// The number of epochs that have ended.
    var epoch = 0
    /// The number of steps done in the current epoch.
    var stepInEpoch = 0
    /// The sum of the step losses in the current epoch, each times its number of samples.
    var lossSum = 0.0
    /// The number of right training predictions in the current epoch.
    var correct = 0
    /// The number of samples trained on in the current epoch.
    var samples = 0
    /// The step at which the last validation was made, or nil before the first.
    var evaluatedStep: Int?
    /// The last validation.
    var lastEvaluation: EvaluationReport?
    /// The learning rate of the last step.
    var learningRate = 0.0
    /// The largest learning rate of any step; nil where version 0.1 wrote the state, which did not note it.
    var largestLearningRate: Double? = 0
    /// The best so far, and patience.
    var tracker: ImprovementTracker
    /// The epochs that have ended.
    var history: [EpochReport] = []

    /// The start of a run.
    init(tracker: ImprovementTracker) { self.tracker = tracker }

    /// The mean training loss of the current epoch, or of the last one if none has started.
    var trainLoss: Double? { samples > 0 ? lossSum / Double(samples) : history.last?.trainLoss }

    /// The share of right training predictions, likewise.
    var trainAccuracy: Double? {
        samples > 0 ? Double(correct) / Double(samples) : history.last?.trainAccuracy
    }
}

extension TrainingProgress {
    /// Goes on inside the last epoch if a step limit cut it short and is now higher.
    ///
    /// - Parameters:
    ///   - stepsPerEpoch: the steps of a whole epoch.
    ///   - totalSteps: the steps of the run.
    ///   - batchSize: the samples of a step; a cut epoch has no smaller one.
    mutating func reopenCutEpoch(stepsPerEpoch: Int, totalSteps: Int, batchSize: Int) {
        guard stepInEpoch == 0, epoch > 0, totalSteps > step, let last = history.last else { return }
        let steps = step - (epoch - 1) * stepsPerEpoch
        guard (1..<stepsPerEpoch).contains(steps) else { return }
        history.removeLast()
        epoch -= 1
        stepInEpoch = steps
        samples = steps * batchSize
        lossSum = last.trainLoss * Double(samples)
        correct = Int((last.trainAccuracy * Double(samples)).rounded())
        tracker.reopenEpoch(hadImproved: last.isBest)
    }
}

extension TrainingProgress {
    /// The value for a training state. Doubles are written so that they read back as the same bits.
    var json: JSONObject {
        [
            "step": JSONValue(step), "epoch": JSONValue(epoch), "step_in_epoch": JSONValue(stepInEpoch),
            "loss_sum": JSONValue(lossSum), "correct": JSONValue(correct), "samples": JSONValue(samples),
            "evaluated_step": evaluatedStep.map { JSONValue($0) } ?? .null,
            "last_evaluation": lastEvaluation.map { .object($0.json) } ?? .null,
            "learning_rate": JSONValue(learningRate),
            "largest_learning_rate": largestLearningRate.map { JSONValue($0) } ?? .null,
            "tracker": .object(tracker.json),
            "history": .array(history.map { .object($0.json) }),
        ]
    }

    /// Reads the value back; nil if a member is missing or invalid.
    init?(json: JSONObject, patience: Int) {
        guard
            let tracker = json["tracker"]?.object.flatMap({ ImprovementTracker(json: $0, patience: patience) }
            ),
            let step = json.count("step"), let epoch = json.count("epoch"),
            let stepInEpoch = json.count("step_in_epoch"), let lossSum = json["loss_sum"]?.double,
            let correct = json.count("correct"), let samples = json.count("samples"),
            let learningRate = json["learning_rate"]?.double, let history = json["history"]?.array
        else { return nil }
        self.init(tracker: tracker)
        self.step = step
        self.epoch = epoch
        self.stepInEpoch = stepInEpoch
        self.lossSum = lossSum
        self.correct = correct
        self.samples = samples
        self.learningRate = learningRate
        largestLearningRate = json["largest_learning_rate"]?.double
        evaluatedStep = json.count("evaluated_step")
        lastEvaluation = json["last_evaluation"]?.object.flatMap(EvaluationReport.init(json:))
        for entry in history {
            guard let report = entry.object.flatMap(EpochReport.init(json:)) else { return nil }
            self.history.append(report)
        }
        guard stepInEpoch <= step, epoch <= step, self.history.count <= epoch else { return nil }
    }
}

extension ImprovementTracker {
    var json: JSONObject {
        [
            "is_greater_better": .bool(isGreaterBetter),
            "best_value": best.map { JSONValue($0.value) } ?? .null,
            "best_step": best.map { JSONValue($0.step) } ?? .null,
            "best_epoch": best.map { JSONValue($0.epoch) } ?? .null,
            "epochs_without_improvement": JSONValue(epochsWithoutImprovement),
            "has_improved_this_epoch": .bool(hasImprovedThisEpoch),
        ]
    }

    init?(json: JSONObject, patience: Int) {
        guard let isGreaterBetter = json["is_greater_better"]?.bool,
            let waiting = json.count("epochs_without_improvement"),
            let hasImproved = json["has_improved_this_epoch"]?.bool
        else { return nil }
        var best: Best?
        if let value = json["best_value"]?.double {
            guard let step = json.count("best_step"), let epoch = json.count("best_epoch") else { return nil }
            best = Best(value: value, step: step, epoch: epoch)
        }
        self.init(
            isGreaterBetter: isGreaterBetter, patience: patience, best: best,
            epochsWithoutImprovement: waiting,
            hasImprovedThisEpoch: hasImproved)
    }
}

extension EvaluationReport {
    var json: JSONObject {
        [
            "step": JSONValue(step), "epoch": JSONValue(epoch), "val_loss": JSONValue(loss),
            "val_accuracy": JSONValue(accuracy), "val_macro_f1": JSONValue(macroF1), "is_best": .bool(isBest),
        ]
    }

    init?(json: JSONObject) {
        guard let step = json.count("step"), let epoch = json.count("epoch"),
            let isBest = json["is_best"]?.bool
        else { return nil }
        // JSON has no NaN, which a scripted or broken validation may have returned.
        self.init(
            step: step, epoch: epoch, loss: json["val_loss"]?.double ?? .nan,
            accuracy: json["val_accuracy"]?.double ?? .nan, macroF1: json["val_macro_f1"]?.double ?? .nan,
            isBest: isBest)
    }
}

extension EpochReport {
    var json: JSONObject {
        [
            "epoch": JSONValue(epoch), "step": JSONValue(step), "train_loss": JSONValue(trainLoss),
            "train_accuracy": JSONValue(trainAccuracy), "is_best": .bool(isBest),
            "learning_rate": JSONValue(learningRate),
            "validation": validation.map { .object($0.json) } ?? .null,
        ]
    }

    init?(json: JSONObject) {
        guard let epoch = json.count("epoch"), let step = json.count("step"),
            let trainLoss = json["train_loss"]?.double, let trainAccuracy = json["train_accuracy"]?.double,
            let isBest = json["is_best"]?.bool, let learningRate = json["learning_rate"]?.double
        else { return nil }
        self.init(
            epoch: epoch, step: step, trainLoss: trainLoss, trainAccuracy: trainAccuracy,
            validation: json["validation"]?.object.flatMap(EvaluationReport.init(json:)), isBest: isBest,
            learningRate: learningRate, seconds: 0)
    }
}
