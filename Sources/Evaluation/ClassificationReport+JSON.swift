public import JSONCore

extension ClassificationReport {
    /// The version of the layout of `json`.
    public static let schemaVersion = 1
    /// The most classes whose confusion matrix is written out; with more it is `null`.
    public static let matrixLimit = 200

    /// Everything in the report, for machines.
    public var json: JSONObject {
        [
            "schema_version": JSONValue(Self.schemaVersion),
            "problem_type": "single_label_classification",
            "samples": JSONValue(sampleCount),
            "labels": JSONValue(labelNames),
            "accuracy": JSONValue(accuracy),
            "top2_accuracy": JSONValue(top2Accuracy),
            "macro_avg": JSONValue(macroAverage.json),
            "weighted_avg": JSONValue(weightedAverage.json),
            "mcc": JSONValue(confusion.matthewsCorrelation),
            "cohen_kappa": JSONValue(optional: confusion.cohenKappa),
            "log_loss": JSONValue(logLoss),
            "brier_score": JSONValue(brierScore),
            "ece": JSONValue(calibration.expectedError),
            "per_class": JSONValue(classes.map { JSONValue($0.json) }),
            "confusion_matrix": confusionMatrix,
            "top_confusions": JSONValue(
                confusion.topConfusions(10).map { cell in
                    .object([
                        "label": JSONValue(labelNames[cell.label]),
                        "predicted": JSONValue(labelNames[cell.prediction]),
                        "count": JSONValue(cell.count),
                    ])
                }),
            "reliability_bins": JSONValue(calibration.bins.map { JSONValue($0.json) }),
            "confidence": [
                "mean": JSONValue(confidence.mean),
                "mean_correct": JSONValue(optional: confidence.meanCorrect),
                "mean_wrong": JSONValue(optional: confidence.meanWrong),
                "gap": JSONValue(optional: confidence.gap),
            ],
            "confidence_intervals_95": intervals.map { JSONValue($0.json) } ?? .null,
            "majority_baseline": [
                "label": JSONValue(majority.label),
                "accuracy": JSONValue(majority.accuracy),
                "macro_f1": JSONValue(majority.macroF1),
            ],
        ]
    }

    private var confusionMatrix: JSONValue {
        guard confusion.classCount <= Self.matrixLimit else { return .null }
        return JSONValue(confusion.matrix.map { row in JSONValue(row.map { JSONValue($0) }) })
    }
}

extension JSONValue {
    /// A number, or `null` when there is none.
    init(optional value: Double?) {
        if let value { self.init(value) } else { self = .null }
    }
}

extension PrecisionRecall {
    var json: JSONObject {
        ["precision": JSONValue(precision), "recall": JSONValue(recall), "f1": JSONValue(f1)]
    }
}

extension ClassScores {
    var json: JSONObject {
        [
            "label": JSONValue(label), "precision": JSONValue(scores.precision),
            "recall": JSONValue(scores.recall), "f1": JSONValue(scores.f1), "support": JSONValue(support),
            "predicted": JSONValue(predicted),
        ]
    }
}

extension Calibration.Bin {
    fileprivate var json: JSONObject {
        [
            "lower": JSONValue(lower), "upper": JSONValue(upper), "count": JSONValue(count),
            "mean_confidence": JSONValue(optional: meanConfidence), "accuracy": JSONValue(optional: accuracy),
        ]
    }
}

extension BootstrapIntervals {
    fileprivate var json: JSONObject {
        [
            "method": "percentile bootstrap", "resamples": JSONValue(resamples),
            // As a string: readers that hold numbers as doubles would round a large seed.
            "seed": JSONValue(String(seed)), "accuracy": accuracy.json, "macro_f1": macroF1.json,
            "mcc": matthewsCorrelation.json,
        ]
    }
}

extension MultiLabelIntervals {
    var json: JSONObject {
        [
            "method": "percentile bootstrap", "resamples": JSONValue(resamples),
            "seed": JSONValue(String(seed)), "mean_average_precision": meanAveragePrecision.json,
            "macro_f1": macroF1.json, "micro_f1": microF1.json, "subset_accuracy": subsetAccuracy.json,
        ]
    }
}

extension ConfidenceInterval {
    fileprivate var json: JSONValue { ["lower": JSONValue(lower), "upper": JSONValue(upper)] }
}
