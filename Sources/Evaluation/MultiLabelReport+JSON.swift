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
            "threshold": JSONValue(optional: Set(thresholds).count == 1 ? thresholds[0] : nil),
            "thresholds": .array(thresholds.map { JSONValue($0) }),
            "mean_average_precision": JSONValue(meanAveragePrecision),
            "subset_accuracy": JSONValue(subsetAccuracy),
            "hamming_loss": JSONValue(hammingLoss),
            "log_loss": JSONValue(logLoss),
            "micro_avg": JSONValue(microAverage.json),
            "macro_avg": JSONValue(macroAverage.json),
            "weighted_avg": JSONValue(weightedAverage.json),
            "per_label": JSONValue(
                labels.indices.map { label in
                    var object = labels[label].json
                    object["log_loss"] = JSONValue(labelLogLosses[label])
                    object["average_precision"] = JSONValue(labelAveragePrecisions[label])
                    object["threshold"] = JSONValue(thresholds[label])
                    return JSONValue(object)
                }),
            "confidence_intervals_95": intervals.map { JSONValue($0.json) } ?? .null,
            "majority_baseline": ["subset_accuracy": JSONValue(majoritySubsetAccuracy)],
        ]
    }
}
