public import JSONCore

extension MultiLabelReport {
    /// The version of the layout of `json`.
    public static let schemaVersion = 1

    /// Everything in the report, for machines.
    public var json: JSONObject {
        [
            "schema_version": JSONValue(Self.schemaVersion),
            "problem_type": "multi_label_classification",
            "samples": JSONValue(sampleCount),
            "labels": JSONValue(labelNames),
            "threshold": JSONValue(threshold),
            "subset_accuracy": JSONValue(subsetAccuracy),
            "hamming_loss": JSONValue(hammingLoss),
            "log_loss": JSONValue(logLoss),
            "micro_avg": JSONValue(microAverage.json),
            "macro_avg": JSONValue(macroAverage.json),
            "weighted_avg": JSONValue(weightedAverage.json),
            "per_label": JSONValue(
                zip(labels, labelLogLosses).map { label, loss in
                    var object = label.json
                    object["log_loss"] = JSONValue(loss)
                    return JSONValue(object)
                }),
            "majority_baseline": ["subset_accuracy": JSONValue(majoritySubsetAccuracy)],
        ]
    }
}
