public import Evaluation

extension EvaluationSummary {
    /// Summarises predictions; the number of resamples for the intervals is limited by time.
    ///
    /// - Parameter logits: `[samples, labels]` row by row.
    /// - Throws: `EvaluationError`.
    public static func make(
        logits: [Float], samples: [SummarySample], labelNames: [String], isMultiLabel: Bool
    ) throws(EvaluationError) -> EvaluationSummary {
        if isMultiLabel {
            let report = try MultiLabelReport(
                logits: logits, labels: samples.map(\.labels), labelNames: labelNames)
            return EvaluationSummary(report, logits: logits, samples: samples)
        }
        let report = try ClassificationReport(
            logits: logits, labels: samples.map { $0.labels.first ?? 0 }, labelNames: labelNames,
            resamples: min(1_000, max(100, 20_000_000 / max(1, samples.count))))
        return EvaluationSummary(report, logits: logits, samples: samples)
    }

    /// Summarises predictions.
    ///
    /// - Parameters:
    ///   - logits: `[samples, labels]` row by row.
    ///   - report: the figures of one class per text.
    ///   - temperature: what the logits are divided by, as for the report.
    public init(
        _ report: ClassificationReport, logits: [Float], samples: [SummarySample], temperature: Double = 1
    ) {
        let names = report.labelNames
        var tally = DecisionTally()
        for (row, sample) in samples.enumerated() {
            let probabilities = Probabilities.softmax(
                logits[row * names.count..<(row + 1) * names.count], temperature: temperature)
            let predicted = Probabilities.argmax(probabilities)
            let truth = sample.labels.first ?? 0
            tally.add(confidence: probabilities[predicted], isRight: predicted == truth)
            if predicted != truth {
                tally.mistakes.append(
                    Mistake(
                        sample, truth: names[truth], predicted: names[predicted],
                        confidence: probabilities[predicted]))
            }
        }
        let intervals = report.intervals
        let part = names.count <= Self.matrixLimit ? nil : Self.confusable(report.confusion)
        self.init(
            step: nil, epoch: nil, isMultiLabel: false, sampleCount: report.sampleCount,
            metrics: [
                Metric("accuracy", report.accuracy, intervals?.accuracy),
                Metric("macro F1", report.macroAverage.f1, intervals?.macroF1),
                Metric(
                    "Matthews correlation", report.confusion.matthewsCorrelation,
                    intervals?.matthewsCorrelation),
                Metric("log loss", report.logLoss, nil),
                Metric("Brier score", report.brierScore, nil),
                Metric("expected calibration error", report.calibration.expectedError, nil),
                Metric("accuracy of always naming \(report.majority.label)", report.majority.accuracy, nil),
            ],
            classes: names.indices.map {
                ClassCounts(
                    label: names[$0], truePositives: report.confusion.truePositives[$0],
                    support: report.confusion.support[$0], predicted: report.confusion.predicted[$0])
            },
            matrix: part.map { part in
                part.map { row in part.map { report.confusion.matrix[row][$0] } }
            } ?? report.confusion.matrix,
            matrixClasses: part,
            confusions: report.confusion.topConfusions(Self.confusionLimit).map {
                Confusion(truth: $0.label, predicted: $0.prediction, count: $0.count)
            }, bins: tally.bins, rightConfidences: tally.right, wrongConfidences: tally.wrong,
            mistakes: tally.worst)
    }

    /// The classes of the most frequent confusions, in the classes' order.
    private static func confusable(_ confusion: ConfusionCounts) -> [Int] {
        var classes: Set<Int> = []
        for cell in confusion.topConfusions(partLimit * partLimit) {
            guard classes.union([cell.label, cell.prediction]).count <= partLimit else { continue }
            classes.formUnion([cell.label, cell.prediction])
        }
        return classes.isEmpty ? Array(0..<partLimit) : classes.sorted()
    }

    /// Summarises predictions.
    ///
    /// - Parameters:
    ///   - logits: `[samples, labels]` row by row.
    ///   - report: the figures of any number of classes per text.
    public init(_ report: MultiLabelReport, logits: [Float], samples: [SummarySample]) {
        let names = report.labelNames
        var tally = DecisionTally()
        var truePositives = [Int](repeating: 0, count: names.count)
        for (row, sample) in samples.enumerated() {
            for label in names.indices {
                let probability = Probabilities.sigmoid(logits[row * names.count + label])
                let isPredicted = probability >= report.thresholds[label]
                let isTrue = sample.labels.contains(label)
                if isPredicted, isTrue { truePositives[label] += 1 }
                let confidence = isPredicted ? probability : 1 - probability
                tally.add(confidence: confidence, isRight: isPredicted == isTrue)
                guard isPredicted != isTrue else { continue }
                let not = "not \(names[label])"
                tally.mistakes.append(
                    Mistake(
                        sample, truth: isTrue ? names[label] : not,
                        predicted: isPredicted ? names[label] : not, confidence: confidence))
            }
        }
        self.init(
            step: nil, epoch: nil, isMultiLabel: true, sampleCount: report.sampleCount,
            metrics: [
                Metric("macro F1", report.macroAverage.f1, report.intervals?.macroF1),
                Metric(
                    "mean average precision", report.meanAveragePrecision,
                    report.intervals?.meanAveragePrecision),
                Metric("micro F1", report.microAverage.f1, report.intervals?.microF1),
                Metric("subset accuracy", report.subsetAccuracy, report.intervals?.subsetAccuracy),
                Metric("Hamming loss", report.hammingLoss, nil),
                Metric("log loss", report.logLoss, nil),
                Metric("subset accuracy of the commonest set", report.majoritySubsetAccuracy, nil),
            ],
            classes: names.indices.map {
                ClassCounts(
                    label: names[$0], truePositives: truePositives[$0], support: report.labels[$0].support,
                    predicted: report.labels[$0].predicted)
            },
            matrix: nil, bins: tally.bins, rightConfidences: tally.right, wrongConfidences: tally.wrong,
            mistakes: tally.worst)
    }
}

extension EvaluationSummary.Metric {
    fileprivate init(_ name: String, _ value: Double, _ interval: ConfidenceInterval?) {
        self.init(name: name, value: value, lower: interval?.lower, upper: interval?.upper)
    }
}

extension EvaluationSummary.Mistake {
    fileprivate init(_ sample: SummarySample, truth: String, predicted: String, confidence: Double) {
        let limit = EvaluationSummary.textLimit
        self.init(
            text: sample.text.map { $0.count > limit ? String($0.prefix(limit)) + "…" : $0 },
            line: sample.line, truth: truth, predicted: predicted, confidence: confidence)
    }
}

/// Sorts decisions by how sure they were.
private struct DecisionTally {
    var right = [Int](repeating: 0, count: EvaluationSummary.confidenceBins)
    var wrong = [Int](repeating: 0, count: EvaluationSummary.confidenceBins)
    var mistakes: [EvaluationSummary.Mistake] = []
    private var counts = [Int](repeating: 0, count: 10)
    private var rights = [Int](repeating: 0, count: 10)
    private var sums = [Double](repeating: 0, count: 10)

    mutating func add(confidence: Double, isRight: Bool) {
        let fine = Self.bin(confidence, of: right.count)
        if isRight { right[fine] += 1 } else { wrong[fine] += 1 }
        let coarse = Self.bin(confidence, of: counts.count)
        counts[coarse] += 1
        sums[coarse] += confidence
        if isRight { rights[coarse] += 1 }
    }

    var bins: [EvaluationSummary.Bin] {
        counts.indices.map { index in
            EvaluationSummary.Bin(
                lower: Double(index) / 10, upper: Double(index + 1) / 10, count: counts[index],
                confidence: counts[index] == 0 ? nil : sums[index] / Double(counts[index]),
                right: rights[index])
        }
    }

    var worst: [EvaluationSummary.Mistake] {
        // Equal confidences stay in the order of the file.
        let order = mistakes.enumerated().sorted {
            ($1.element.confidence, $0.offset) < ($0.element.confidence, $1.offset)
        }
        return order.prefix(EvaluationSummary.mistakeLimit).map(\.element)
    }

    /// The bin of (lower, upper] that holds a confidence; 0 belongs to the first.
    private static func bin(_ confidence: Double, of count: Int) -> Int {
        let index = (1...count).first { confidence <= Double($0) / Double(count) } ?? count
        return index - 1
    }
}
