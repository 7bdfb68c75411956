/// The metrics of single-label predictions.
///
/// Conventions are scikit-learn's with `labels=range(K)` and `zero_division=0`: averages are over all K classes of
/// the model, including those without a sample, and an undefined ratio is 0.
public struct ClassificationReport: Sendable {
    /// The baseline that always predicts the most frequent class.
    public struct MajorityBaseline: Sendable, Hashable {
        /// The most frequent true class; the first of equals.
        public let label: String
        /// Its share of the samples.
        public let accuracy: Double
        /// The macro F1 of always predicting it.
        public let macroF1: Double
    }

    /// The class names in index order.
    public let labelNames: [String]
    /// Outcomes per true and predicted class.
    public let confusion: ConfusionCounts
    /// The scores of each class in index order.
    public let classes: [ClassScores]
    /// The plain mean of the class scores.
    public let macroAverage: PrecisionRecall
    /// The mean of the class scores weighted by support.
    public let weightedAverage: PrecisionRecall
    /// The share of samples whose true class is among the two most probable (equal ones in index order).
    public let top2Accuracy: Double
    /// The mean negative log-probability of the true class, probabilities kept within [2⁻⁵², 1 - 2⁻⁵²].
    public let logLoss: Double
    /// The mean over samples of the squared difference between probabilities and truth, summed over classes.
    public let brierScore: Double
    /// Confidence against accuracy.
    public let calibration: Calibration
    /// The confidence of the model.
    public let confidence: ConfidenceSummary
    /// 95 % intervals; nil when no resamples were asked for.
    public let intervals: BootstrapIntervals?
    /// The baseline that always predicts the most frequent class.
    public let majority: MajorityBaseline

    /// The number of samples.
    public var sampleCount: Int { confusion.sampleCount }
    /// The share of right predictions.
    public var accuracy: Double { confusion.accuracy }

    /// Evaluates logits.
    ///
    /// - Parameters:
    ///   - logits: [samples, K], row-major; the prediction is the highest, the first of equals.
    ///   - labels: the true classes, [samples].
    ///   - labelNames: the K class names.
    ///   - temperature: what the logits are divided by before the softmax.
    ///   - resamples: bootstrap resamples; 0 for none.
    ///   - seed: of the resamples.
    /// - Throws: `EvaluationError` for no samples, fewer than two classes, non-finite logits, or labels out of range.
    public init(
        logits: [Float], labels: [Int], labelNames: [String], temperature: Double = 1,
        resamples: Int = 1_000, seed: UInt64 = 42
    ) throws(EvaluationError) {
        let classCount = labelNames.count
        try Self.check(scoreCount: logits.count, labels: labels, classCount: classCount)
        if let index = logits.firstIndex(where: { !$0.isFinite }) {
            throw .notFinite(row: index / classCount, label: index % classCount)
        }
        var probabilities: [Double] = []
        probabilities.reserveCapacity(logits.count)
        for row in labels.indices {
            probabilities += Probabilities.softmax(
                logits[(row * classCount)..<((row + 1) * classCount)], temperature: temperature)
        }
        self.init(
            checked: probabilities, ranking: logits.map(Double.init), labels, labelNames,
            resamples: resamples,
            seed: seed)
    }

    /// Evaluates probabilities.
    ///
    /// - Parameters:
    ///   - probabilities: [samples, K], row-major, each row summing to 1 within 1e-6.
    ///   - labels: the true classes, [samples].
    ///   - labelNames: the K class names.
    ///   - resamples: bootstrap resamples; 0 for none.
    ///   - seed: of the resamples.
    /// - Throws: `EvaluationError` as for logits, and for rows that are not probabilities.
    public init(
        probabilities: [Double], labels: [Int], labelNames: [String], resamples: Int = 1_000,
        seed: UInt64 = 42
    ) throws(EvaluationError) {
        let classCount = labelNames.count
        try Self.check(scoreCount: probabilities.count, labels: labels, classCount: classCount)
        for row in labels.indices {
            let values = probabilities[(row * classCount)..<((row + 1) * classCount)]
            if let index = values.firstIndex(where: { !$0.isFinite }) {
                throw .notFinite(row: row, label: index % classCount)
            }
            guard values.allSatisfy({ 0...1 ~= $0 }), abs(values.reduce(0, +) - 1) <= 1e-6 else {
                throw .notProbabilities(row: row)
            }
        }
        self.init(
            checked: probabilities, ranking: probabilities, labels, labelNames, resamples: resamples,
            seed: seed)
    }

    private static func check(scoreCount: Int, labels: [Int], classCount: Int) throws(EvaluationError) {
        guard classCount >= 2 else { throw .tooFewClasses(found: classCount, needed: 2) }
        guard !labels.isEmpty else { throw .noSamples }
        let (expected, overflow) = labels.count.multipliedReportingOverflow(by: classCount)
        guard !overflow, scoreCount == expected else {
            throw .scoreCount(found: scoreCount, rows: labels.count, classes: classCount)
        }
        for (row, label) in labels.enumerated() where !(0..<classCount ~= label) {
            throw .labelOutOfRange(row: row, label: label, classes: classCount)
        }
    }

    private init(
        checked probabilities: [Double], ranking: [Double], _ labels: [Int], _ labelNames: [String],
        resamples: Int,
        seed: UInt64
    ) {
        let rows = ScoredRows(
            probabilities: probabilities, ranking: ranking, labels: labels, classCount: labelNames.count)
        let confusion = ConfusionCounts(
            labels: labels, predictions: rows.predictions, classCount: labelNames.count)
        let scores = labelNames.indices.map {
            PrecisionRecall(
                truePositives: confusion.truePositives[$0], support: confusion.support[$0],
                predicted: confusion.predicted[$0])
        }
        self.labelNames = labelNames
        self.confusion = confusion
        classes = labelNames.indices.map {
            ClassScores(
                label: labelNames[$0], scores: scores[$0], support: confusion.support[$0],
                predicted: confusion.predicted[$0])
        }
        macroAverage = .mean(scores, weights: scores.map { _ in 1 })
        weightedAverage = .mean(scores, weights: confusion.support.map(Double.init))
        top2Accuracy = Double(rows.top2Hits) / Double(labels.count)
        logLoss = rows.logLoss
        brierScore = rows.brierScore
        calibration = Calibration(confidences: rows.confidences, isCorrect: rows.isCorrect)
        confidence = ConfidenceSummary(confidences: rows.confidences, isCorrect: rows.isCorrect)
        intervals =
            resamples > 0
            ? BootstrapIntervals(
                labels: labels, predictions: rows.predictions, classCount: labelNames.count,
                resamples: resamples,
                seed: seed) : nil
        let most = confusion.support.max() ?? 0
        let majorityClass = confusion.support.firstIndex(of: most) ?? 0
        majority = MajorityBaseline(
            label: labelNames[majorityClass], accuracy: Double(most) / Double(labels.count),
            macroF1: ClassTally.f1(truePositives: most, support: most, predicted: labels.count)
                / Double(labelNames.count))
    }
}

/// The contributions of the rows of probabilities.
private struct ScoredRows {
    var predictions: [Int] = []
    var confidences: [Double] = []
    var isCorrect: [Bool] = []
    var top2Hits = 0
    var logLoss = 0.0
    var brierScore = 0.0

    /// - Parameters:
    ///   - probabilities: [rows, K].
    ///   - ranking: [rows, K], the values that rank the classes: logits differ where probabilities underflow to 0.
    init(probabilities: [Double], ranking: [Double], labels: [Int], classCount: Int) {
        for (row, label) in labels.enumerated() {
            let values = Array(probabilities[(row * classCount)..<((row + 1) * classCount)])
            let ranks = Array(ranking[(row * classCount)..<((row + 1) * classCount)])
            let prediction = Probabilities.argmax(ranks)
            predictions.append(prediction)
            confidences.append(values[prediction])
            isCorrect.append(prediction == label)
            let own = values[label]
            let ahead = ranks.indices.count {
                ranks[$0] > ranks[label] || ranks[$0] == ranks[label] && $0 < label
            }
            if ahead < 2 { top2Hits += 1 }
            logLoss -= Probabilities.clippedLog(own)
            for (index, value) in values.enumerated() {
                let difference = value - (index == label ? 1 : 0)
                brierScore += difference * difference
            }
        }
        logLoss /= Double(labels.count)
        brierScore /= Double(labels.count)
    }
}
