import JSONCore

extension EvaluationSummary {
    var json: JSONObject {
        [
            "step": step.map { JSONValue($0) } ?? .null, "epoch": epoch.map { JSONValue($0) } ?? .null,
            "multi_label": .bool(isMultiLabel), "samples": JSONValue(sampleCount),
            "metrics": .array(metrics.map(\.json)), "classes": .array(classes.map(\.json)),
            "matrix": matrix.map { .array($0.map { JSONValue(integers: $0) }) } ?? .null,
            "matrix_classes": matrixClasses.map { JSONValue(integers: $0) } ?? .null,
            "confusions": .array(
                confusions.map { JSONValue(integers: [$0.truth, $0.predicted, $0.count]) }),
            "bins": .array(bins.map(\.json)), "right_confidences": JSONValue(integers: rightConfidences),
            "wrong_confidences": JSONValue(integers: wrongConfidences),
            "mistakes": .array(mistakes.map(\.json)),
        ]
    }

    /// Reads the value back; nil when something is missing or cannot be.
    init?(json: JSONObject) {
        guard let isMultiLabel = json["multi_label"]?.bool, let samples = json.count("samples"),
            let metrics = Self.list(json["metrics"], Metric.init(json:)),
            let classes = Self.list(json["classes"], ClassCounts.init(json:)), !classes.isEmpty,
            let bins = Self.list(json["bins"], Bin.init(json:)),
            let right = json["right_confidences"]?.counts, right.count == Self.confidenceBins,
            let wrong = json["wrong_confidences"]?.counts, wrong.count == Self.confidenceBins,
            let mistakes = Self.list(json["mistakes"], Mistake.init(json:))
        else { return nil }
        let rows = json["matrix"]?.array?.compactMap(\.counts)
        let part = json["matrix_classes"]?.counts
        let size = part?.count ?? classes.count
        if let rows, rows.count != size || rows.contains(where: { $0.count != size }) { return nil }
        if let part, !part.allSatisfy({ $0 < classes.count }) { return nil }
        let confusions = (json["confusions"]?.array ?? []).compactMap { value -> Confusion? in
            guard let numbers = value.counts, numbers.count == 3, max(numbers[0], numbers[1]) < classes.count
            else { return nil }
            return Confusion(truth: numbers[0], predicted: numbers[1], count: numbers[2])
        }
        self.init(
            step: json.count("step"), epoch: json.count("epoch"), isMultiLabel: isMultiLabel,
            sampleCount: samples,
            metrics: metrics, classes: classes, matrix: rows, matrixClasses: part,
            confusions: confusions, bins: bins, rightConfidences: right,
            wrongConfidences: wrong, mistakes: mistakes)
    }

    private static func list<Element>(
        _ value: JSONValue?, _ element: (JSONObject) -> Element?
    ) -> [Element]? {
        guard let array = value?.array else { return nil }
        let elements = array.compactMap { $0.object.flatMap(element) }
        return elements.count == array.count ? elements : nil
    }
}

extension EvaluationSummary.Metric {
    fileprivate var json: JSONValue {
        [
            "name": .string(name), "value": JSONValue(value),
            "lower": lower.map { JSONValue($0) } ?? .null, "upper": upper.map { JSONValue($0) } ?? .null,
        ]
    }

    fileprivate init?(json: JSONObject) {
        guard let name = json["name"]?.string else { return nil }
        self.init(
            name: name, value: json["value"]?.double ?? .nan, lower: json["lower"]?.double,
            upper: json["upper"]?.double)
    }
}

extension EvaluationSummary.ClassCounts {
    fileprivate var json: JSONValue {
        [
            "label": .string(label), "true_positives": JSONValue(truePositives),
            "support": JSONValue(support), "predicted": JSONValue(predicted),
        ]
    }

    fileprivate init?(json: JSONObject) {
        guard let label = json["label"]?.string, let right = json.count("true_positives"),
            let support = json.count("support"), let predicted = json.count("predicted"),
            right <= min(support, predicted)
        else { return nil }
        self.init(label: label, truePositives: right, support: support, predicted: predicted)
    }
}

extension EvaluationSummary.Bin {
    fileprivate var json: JSONValue {
        [
            "lower": JSONValue(lower), "upper": JSONValue(upper), "count": JSONValue(count),
            "confidence": confidence.map { JSONValue($0) } ?? .null, "right": JSONValue(right),
        ]
    }

    fileprivate init?(json: JSONObject) {
        guard let lower = json["lower"]?.double, let upper = json["upper"]?.double,
            let count = json.count("count"), let right = json.count("right"), right <= count
        else { return nil }
        self.init(
            lower: lower, upper: upper, count: count, confidence: json["confidence"]?.double, right: right)
    }
}

extension EvaluationSummary.Mistake {
    fileprivate var json: JSONValue {
        [
            "text": text.map { .string($0) } ?? .null, "line": line.map { JSONValue($0) } ?? .null,
            "truth": .string(truth), "predicted": .string(predicted), "confidence": JSONValue(confidence),
        ]
    }

    fileprivate init?(json: JSONObject) {
        guard let truth = json["truth"]?.string, let predicted = json["predicted"]?.string,
            let confidence = json["confidence"]?.double
        else { return nil }
        self.init(
            text: json["text"]?.string, line: json.count("line"), truth: truth, predicted: predicted,
            confidence: confidence)
    }
}
