import ClassificationData
import FineTuning
import JSONCore
import Reporting

extension TrainingPlan {
    /// The plan for programs.
    var json: JSONObject {
        [
            "base_directory": .string(baseDirectory),
            "base_name": .string(baseName),
            "architecture": .string(architecture),
            "parameter_count": JSONValue(parameterCount),
            "non_embedding_parameter_count": JSONValue(nonEmbeddingParameterCount),
            "trainable_parameter_count": JSONValue(trainableParameterCount),
            "trainable_share": JSONValue(trainableShare),
            "device": .string(device),
            "labels": JSONValue(labels.names),
            "problem_type": .string(problemType.configName),
            "train_examples": JSONValue(trainExamples),
            "train_counts": .array(trainCounts.map { JSONValue($0) }),
            "validation_examples": JSONValue(validationExamples),
            "validation_overlap": JSONValue(validationOverlap),
            "head": .string(head.word),
            "validation_counts": .array(validationCounts.map { JSONValue($0) }),
            "tokens_per_epoch": JSONValue(tokensPerEpoch),
            "longest_sequence": JSONValue(longestSequence),
            "text_lengths": lengths.map { .object($0.json) } ?? .null,
            "seconds_estimate": secondsEstimate.map { JSONValue($0) } ?? .null,
            "steps_per_epoch": JSONValue(stepsPerEpoch),
            "total_steps": JSONValue(totalSteps),
            "warmup_steps": JSONValue(warmupSteps),
            "class_weight_rule": .string(classWeightRule.description),
            "class_weights": classWeights.map { .array($0.map { JSONValue($0) }) } ?? .null,
            "memory_estimate_bytes": JSONValue(memoryEstimate),
            "warnings": JSONValue(warnings.map { FlagName.text($0.message) }),
            "config": .object(config.json),
            "choices": .array(choices.map { .object($0.json(in: config)) }),
        ]
    }
}

extension DefaultRules.Choice {
    /// The choice for programs.
    fileprivate func json(in config: TrainingConfig) -> JSONObject {
        [
            "setting": .string(setting), "value": config.json[setting] ?? .null,
            "reason": .string(FlagName.text(reason)), "is_tested": .bool(isTested),
        ]
    }

    /// The flag that would give the setting its value.
    func flag(in config: TrainingConfig) -> String {
        let value = config.json[setting] ?? .null
        let text = value.array?.compactMap(\.string).joined(separator: ",") ?? value.string ?? value.encoded()
        return "--\(FlagName.of(setting)) \(text)"
    }
}

extension TextLengths {
    /// The lengths for programs.
    fileprivate var json: JSONObject {
        [
            "median": JSONValue(median), "p95": JSONValue(percentile95), "longest": JSONValue(longest),
            "truncated_texts": JSONValue(truncatedCount),
            "truncated_token_share": JSONValue(truncatedTokenShare),
        ]
    }
}

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
            "history": .array(
                history.map { .object($0.json(seconds: epochSeconds[$0.epoch] ?? $0.knownSeconds)) }),
            "best": best.map { best in
                [
                    "metric": .string(metric.rawValue), "value": JSONValue(best.value),
                    "step": JSONValue(best.step), "epoch": JSONValue(best.epoch),
                ]
            } ?? .null,
            "best_checkpoint": bestCheckpoint.map { .string($0) } ?? .null,
            "last_checkpoint": .string(lastCheckpoint),
            "unsaved": JSONValue(unsaved.map(\.directoryName)),
            "largest_learning_rate": JSONValue(largestLearningRate),
        ]
    }
}

extension RunVerdict {
    /// The verdict for programs.
    var json: JSONObject {
        [
            "kind": .string(kind.rawValue), "is_problem": .bool(isProblem),
            "text": .string(FlagName.text(message)),
        ]
    }
}

extension EpochReport {
    /// How long the epoch took; nil where that is not known, as after a resume without the log.
    var knownSeconds: Double? { seconds > 0 ? seconds : nil }

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
