import JSONCore

extension StepReport {
    /// The step as a line of `metrics.jsonl`.
    var json: JSONObject {
        [
            "step": JSONValue(step), "epoch": JSONValue(epoch), "loss": JSONValue(loss),
            "accuracy": JSONValue(accuracy), "learning_rate": JSONValue(learningRate),
            "grad_norm": JSONValue(gradientNorm), "samples": JSONValue(samples), "tokens": JSONValue(tokens),
            "samples_per_second": JSONValue(samplesPerSecond),
            "tokens_per_second": JSONValue(tokensPerSecond), "memory_bytes": JSONValue(peakMemory),
        ]
    }
}

extension EpochReport {
    /// The epoch as a line of `metrics.jsonl`.
    func logJSON(seconds: Double) -> JSONObject {
        var object = json
        object["validation"] = nil
        object["val_loss"] = validation.map { JSONValue($0.loss) } ?? .null
        object["val_accuracy"] = validation.map { JSONValue($0.accuracy) } ?? .null
        object["val_macro_f1"] = validation.map { JSONValue($0.macroF1) } ?? .null
        object["seconds"] = JSONValue(seconds)
        return object
    }

    /// The epoch with its duration, which a checkpoint does not keep.
    func lasting(_ seconds: Double) -> EpochReport {
        EpochReport(
            epoch: epoch, step: step, trainLoss: trainLoss, trainAccuracy: trainAccuracy,
            validation: validation,
            isBest: isBest, learningRate: learningRate, seconds: seconds)
    }
}
