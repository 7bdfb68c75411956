import ClassificationData
import Inference
import JSONCore

extension ModelCard {
    /// The temperature or the thresholds in `metadata.json`.
    struct Decision {
        let samples: Int
        let temperature: Double?
        let thresholds: [Double]?
        /// The metric without them, and with them on rows that they were not tuned on.
        let before: Double
        let crossFitted: Double
    }

    /// How the model decides; nil where nothing was tuned, or to no avail.
    var decision: Decision? {
        guard let json = metadata["decision"], let samples = json["samples"]?.int,
            let before = json["before"]?.double, let crossFitted = json["cross_fitted"]?.double
        else { return nil }
        let decision = Decision(
            samples: samples, temperature: json["temperature"]?.double,
            thresholds: json["thresholds"]?.array.map { $0.compactMap(\.double) }, before: before,
            crossFitted: crossFitted)
        let isWhole = decision.thresholds.map { $0.count == description.labels.count } ?? true
        return isWhole && (decision.temperature != nil || decision.thresholds != nil) ? decision : nil
    }

    /// Where the temperature or the thresholds come from, and what they are worth.
    var decisionText: String? {
        guard let decision else { return nil }
        let change =
            "from \(Self.digits(decision.before)) to \(Self.digits(decision.crossFitted)), measured on validation examples that it was not tuned on (five-fold)."
        if let temperature = decision.temperature {
            return
                "The figures are those of the plain softmax. `apr` and the code above divide the logits by a temperature of \(Self.digits(temperature)), tuned on the \(decision.samples) validation examples; the class stays the same. It takes the log loss \(change)"
        }
        return
            "The figures are those of a threshold of one half for every label. `apr` and the code above use a threshold for each label, tuned on the \(decision.samples) validation examples; a label with few examples gets nearly the threshold that is best for all together. This takes macro F1 \(change)"
    }
}
