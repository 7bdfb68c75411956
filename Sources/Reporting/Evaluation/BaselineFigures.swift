public import Evaluation
public import JSONCore

/// What a run has to beat: rules that cost nothing, judged on the same validation rows as its best checkpoint.
public struct BaselineFigures: Sendable, Hashable {
    /// How well something predicts.
    public struct Scores: Sendable, Hashable {
        /// The share of rows that are predicted right, with all their labels.
        public let accuracy: Double
        /// The unweighted mean of the classes' F1.
        public let macroF1: Double

        public init(accuracy: Double, macroF1: Double) {
            self.accuracy = accuracy
            self.macroF1 = macroF1
        }
    }

    /// One baseline.
    public struct Baseline: Sendable, Hashable {
        /// The number of rows that it learnt from.
        public let trainRows: Int
        public let figures: Scores
        /// The range that holds the run's macro F1 minus the baseline's with 95 % confidence; nil without a run.
        public let difference: ConfidenceInterval?

        public init(trainRows: Int, figures: Scores, difference: ConfidenceInterval?) {
            self.trainRows = trainRows
            self.figures = figures
            self.difference = difference
        }
    }

    /// The number of rows that the run learns from.
    public let trainRows: Int
    /// The number of rows that all are judged on.
    public let validationRows: Int
    /// The run's best checkpoint so far; nil before there is one.
    public let run: Scores?
    /// The classes that are most frequent among the training rows.
    public let majorityLabels: [String]
    /// What always naming them comes to.
    public let majority: Baseline
    /// TF-IDF and logistic regression; nil where computing it would take too long.
    public let tfidf: Baseline?
    /// Logistic regression on the states of the untrained base; nil where it was not computed.
    public let probe: Baseline?

    public init(
        trainRows: Int, validationRows: Int, run: Scores?, majorityLabels: [String], majority: Baseline,
        tfidf: Baseline?, probe: Baseline? = nil
    ) {
        self.probe = probe
        self.trainRows = trainRows
        self.validationRows = validationRows
        self.run = run
        self.majorityLabels = majorityLabels
        self.majority = majority
        self.tfidf = tfidf
    }

    /// What always naming the most frequent class is called.
    public var majorityName: String {
        switch majorityLabels.count {
        case 0: "never a label"
        case 1: "always \(DisplayWidth.fitted(majorityLabels[0], to: 24))"
        default: "always the most frequent set of labels"
        }
    }

    /// A table for people: what it is, its accuracy, its macro F1.
    public var rows: [[String]] {
        var rows: [[String]] = []
        func add(_ name: String, _ figures: Scores) {
            rows.append([
                name, NumberFormat.percent(figures.accuracy), NumberFormat.fixed(figures.macroF1),
            ])
        }
        if let run { add("this run", run) }
        if let tfidf {
            add(
                tfidf.trainRows == trainRows
                    ? "TF-IDF + logistic regression"
                    : "TF-IDF + logistic regression on \(NumberFormat.count(tfidf.trainRows)) of \(NumberFormat.count(trainRows)) rows",
                tfidf.figures)
        }
        if let probe { add("linear probe on the base", probe.figures) }
        add(majorityName, majority.figures)
        return rows
    }
}

extension BaselineFigures {
    /// For programs, and for `report.json`.
    public var json: JSONObject {
        [
            "train_rows": JSONValue(trainRows), "validation_rows": JSONValue(validationRows),
            "run": run.map { .object($0.json) } ?? .null, "majority_labels": JSONValue(majorityLabels),
            "majority": .object(majority.json),
            "tfidf_logistic_regression": tfidf.map { .object($0.json) } ?? .null,
            "linear_probe": probe.map { .object($0.json) } ?? .null,
        ]
    }

    /// Reads `json` back; nil when it is not of this layout.
    init?(json: JSONObject) {
        guard let trainRows = json["train_rows"]?.int, let validationRows = json["validation_rows"]?.int,
            let labels = json["majority_labels"]?.strings,
            let majority = json["majority"]?.object.flatMap(Baseline.init(json:))
        else { return nil }
        self.init(
            trainRows: trainRows, validationRows: validationRows,
            run: json["run"]?.object.flatMap(Scores.init(json:)), majorityLabels: labels, majority: majority,
            tfidf: json["tfidf_logistic_regression"]?.object.flatMap(Baseline.init(json:)),
            probe: json["linear_probe"]?.object.flatMap(Baseline.init(json:)))
    }
}

extension BaselineFigures.Scores {
    fileprivate var json: JSONObject { ["accuracy": JSONValue(accuracy), "macro_f1": JSONValue(macroF1)] }

    fileprivate init?(json: JSONObject) {
        guard let accuracy = json["accuracy"]?.double, let macroF1 = json["macro_f1"]?.double else {
            return nil
        }
        self.init(accuracy: accuracy, macroF1: macroF1)
    }
}

extension BaselineFigures.Baseline {
    fileprivate var json: JSONObject {
        var object = figures.json
        object["train_rows"] = JSONValue(trainRows)
        object["difference"] =
            difference.map { ["lower": JSONValue($0.lower), "upper": JSONValue($0.upper)] } ?? .null
        return object
    }

    fileprivate init?(json: JSONObject) {
        guard let rows = json["train_rows"]?.int, let figures = BaselineFigures.Scores(json: json) else {
            return nil
        }
        let difference = json["difference"]?.object.flatMap { range in
            range["lower"]?.double.flatMap { lower in
                range["upper"]?.double.map { ConfidenceInterval(lower: lower, upper: $0) }
            }
        }
        self.init(trainRows: rows, figures: figures, difference: difference)
    }
}
