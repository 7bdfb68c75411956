import FineTuning
import JSONCore

extension TrainingResult {
    /// The result for programs.
    ///
    /// - Parameters:
    ///   - metric: what the best was chosen by.
    ///   - epochSeconds: how long the epochs took, as far as known.
    func json(metric: TrainingConfig.Metric, epochSeconds: [Int: Double]) -> JSONObject {
        [
            "reason": .string(reason.word),
            "steps": JSONValue(steps),
            "epochs": JSONValue(epochs),
            "seconds": JSONValue(seconds),
            "saving_seconds": JSONValue(savingSeconds),
            "history": .array(history.map { .object($0.json(seconds: epochSeconds[$0.epoch])) }),
            "best": best.map { best in
                [
                    "metric": .string(metric.rawValue), "value": JSONValue(best.value),
                    "step": JSONValue(best.step), "epoch": JSONValue(best.epoch),
                ]
            } ?? .null,
            "best_checkpoint": bestCheckpoint.map { .string($0) } ?? .null,
            "last_checkpoint": .string(lastCheckpoint),
            "unsaved": JSONValue(unsaved.map(\.directoryName)),
        ]
    }
}

extension EpochReport {
    /// The epoch for programs.
    fileprivate func json(seconds: Double?) -> JSONObject {
        [
            "epoch": JSONValue(epoch),
            "step": JSONValue(step),
            "train_loss": JSONValue(trainLoss),
            "train_accuracy": JSONValue(trainAccuracy),
            "val_loss": validation.map { JSONValue($0.loss) } ?? .null,
            "val_accuracy": validation.map { JSONValue($0.accuracy) } ?? .null,
            "val_macro_f1": validation.map { JSONValue($0.macroF1) } ?? .null,
            "is_best": .bool(isBest),
            "learning_rate": JSONValue(learningRate),
            "seconds": seconds.map { JSONValue($0) } ?? .null,
        ]
    }
}
