import Evaluation
import FineTuning
import Inference
import JSONCore

/// What a checkpoint's `metadata.json` says of its temperature or thresholds.
struct TunedDecision {
    private let isMultiLabel: Bool
    /// The document's member; null where there were too few validation rows.
    let json: JSONValue

    /// Nil where the checkpoint cannot be read.
    init?(checkpoint directory: String) {
        guard let metadata = TokenizerFiles.object(InferenceSettings.fileName, in: directory) else {
            return nil
        }
        isMultiLabel = metadata["problem_type"]?.string == ProblemType.multiLabel.configName
        json = metadata["decision"] ?? .null
    }

    /// One line; nil where there is nothing to say.
    var line: String? {
        guard let rows = json["samples"]?.int, let before = json["before"]?.double,
            let after = json["cross_fitted"]?.double
        else {
            return isMultiLabel
                ? "threshold 0.5 for every label: tuning takes \(DecisionTuning.leastRows) validation rows"
                : nil
        }
        let gain =
            "on \(NumberFormat.counted(rows, "validation row")): \(isMultiLabel ? "macro F1" : "log loss") \(NumberFormat.fixed(after, decimals: 3)) instead of \(NumberFormat.fixed(before, decimals: 3)), cross-fitted"
        if json["thresholds"]?.array != nil { return "a threshold for each label, tuned \(gain)" }
        if let temperature = json["temperature"]?.double {
            return "temperature \(NumberFormat.fixed(temperature, decimals: 3)), tuned \(gain)"
        }
        return isMultiLabel ? "threshold 0.5 for every label: tuning does not help \(gain)" : nil
    }
}
