/// The metrics of multi-label predictions.
///
/// A label is predicted when its probability reaches its threshold. Conventions are scikit-learn's for indicator
/// matrices with `zero_division=0`; averages are over all labels of the model.
public struct MultiLabelReport: Sendable {
    /// The label names in index order.
    public let labelNames: [String]
    /// The number of samples.
    public let sampleCount: Int
    /// The probability from which each label counts as predicted.
    public let thresholds: [Double]
    /// The scores of each label in index order.
    public let labels: [ClassScores]
    /// The mean binary log loss of each label, in index order.
    public let labelLogLosses: [Double]
    /// The average precision of each label, in index order; 0 for a label that no sample has.
    public let labelAveragePrecisions: [Double]
    /// Their mean over all labels.
    public let meanAveragePrecision: Double
    /// 95 % intervals; nil when no resamples were asked for.
    public let intervals: MultiLabelIntervals?
    /// Scores from the outcomes of all labels together.
    public let microAverage: PrecisionRecall
    /// The plain mean of the label scores.
    public let macroAverage: PrecisionRecall
    /// The mean of the label scores weighted by support.
    public let weightedAverage: PrecisionRecall
    /// The share of samples whose whole set of labels was predicted exactly.
    public let subsetAccuracy: Double
    /// The share of wrong decisions (sample, label).
    public let hammingLoss: Double
    /// The mean binary log loss over samples and labels, probabilities kept within [2⁻⁵², 1 - 2⁻⁵²].
    public let logLoss: Double
    /// The share of samples that have the most frequent set of labels: the baseline that always predicts it.
    public let majoritySubsetAccuracy: Double

    /// Evaluates logits.
    ///
    /// - Parameters:
    ///   - logits: [samples, K], row-major; their logistic function is the probability.
    ///   - labels: for each sample the labels it has, each once.
    ///   - labelNames: the K label names.
    ///   - thresholds: the probability from which each label counts as predicted; nil is one half for each.
    ///   - resamples: bootstrap resamples, fewer where there are many decisions; 0 for none.
    ///   - seed: of the resamples.
    /// - Throws: `EvaluationError` for no samples or labels, non-finite logits, or labels out of range or repeated.
    public init(
        logits: [Float], labels: [[Int]], labelNames: [String], thresholds: [Double]? = nil,
        resamples: Int = 1_000, seed: UInt64 = 42
    ) throws(EvaluationError) {
        let classCount = labelNames.count
        let thresholds = thresholds ?? [Double](repeating: 0.5, count: classCount)
        precondition(thresholds.count == classCount, "a threshold for each label")
        guard classCount >= 1 else { throw .tooFewClasses(found: classCount, needed: 1) }
        guard !labels.isEmpty else { throw .noSamples }
        let (expected, overflow) = labels.count.multipliedReportingOverflow(by: classCount)
        guard !overflow, logits.count == expected else {
            throw .scoreCount(found: logits.count, rows: labels.count, classes: classCount)
        }
        if let index = logits.firstIndex(where: { !$0.isFinite }) {
            throw .notFinite(row: index / classCount, label: index % classCount)
        }
        var tally = LabelTally(classCount: classCount)
        for (row, labels) in labels.enumerated() {
            var isTrue = [Bool](repeating: false, count: classCount)
            for label in labels {
                guard 0..<classCount ~= label else {
                    throw .labelOutOfRange(row: row, label: label, classes: classCount)
                }
                guard !isTrue[label] else { throw .repeatedLabel(row: row, label: label) }
                isTrue[label] = true
            }
            tally.add(isTrue, logits[(row * classCount)..<((row + 1) * classCount)], thresholds: thresholds)
        }
        let rankings = labelNames.indices.map { label in
            LabelRanking(
                scores: labels.indices.map { logits[$0 * classCount + label] },
                isTrue: tally.truth.map { $0[label] })
        }
        self.init(
            tally, rankings, rows: labels.count, labelNames: labelNames, thresholds: thresholds,
            resamples: resamples, seed: seed)
    }

    private init(
        _ tally: LabelTally, _ rankings: [LabelRanking], rows: Int, labelNames: [String],
        thresholds: [Double], resamples: Int, seed: UInt64
    ) {
        self.labelNames = labelNames
        self.thresholds = thresholds
        let precisions = rankings.map { $0.averagePrecision(weights: nil) }
        labelAveragePrecisions = precisions
        meanAveragePrecision = precisions.reduce(0, +) / Double(precisions.count)
        intervals = MultiLabelIntervals(
            rankings: rankings, truth: tally.truth, predictions: tally.predictions, resamples: resamples,
            seed: seed)
        sampleCount = rows
        let scores = labelNames.indices.map {
            PrecisionRecall(
                truePositives: tally.truePositives[$0], support: tally.support[$0],
                predicted: tally.predicted[$0])
        }
        labels = labelNames.indices.map {
            ClassScores(
                label: labelNames[$0], scores: scores[$0], support: tally.support[$0],
                predicted: tally.predicted[$0])
        }
        labelLogLosses = tally.losses.map { $0 / Double(rows) }
        microAverage = PrecisionRecall(
            truePositives: tally.truePositives.reduce(0, +), support: tally.support.reduce(0, +),
            predicted: tally.predicted.reduce(0, +))
        macroAverage = .mean(scores, weights: scores.map { _ in 1 })
        weightedAverage = .mean(scores, weights: tally.support.map(Double.init))
        subsetAccuracy = Double(tally.exactRows) / Double(rows)
        hammingLoss = Double(tally.wrongDecisions) / Double(rows * labelNames.count)
        logLoss = tally.losses.reduce(0, +) / Double(rows * labelNames.count)
        majoritySubsetAccuracy = Double(tally.setCounts.values.max() ?? 0) / Double(rows)
    }
}

/// Counts over the rows of a multi-label evaluation.
private struct LabelTally {
    var truePositives: [Int]
    var support: [Int]
    var predicted: [Int]
    var losses: [Double]
    var exactRows = 0
    var wrongDecisions = 0
    var setCounts: [[Bool]: Int] = [:]
    /// The labels of each row, and those predicted for it.
    var truth: [[Bool]] = []
    var predictions: [[Bool]] = []

    init(classCount: Int) {
        truePositives = [Int](repeating: 0, count: classCount)
        support = truePositives
        predicted = truePositives
        losses = [Double](repeating: 0, count: classCount)
    }

    mutating func add(_ isTrue: [Bool], _ logits: ArraySlice<Float>, thresholds: [Double]) {
        var wrong = 0
        var guesses = isTrue
        for (label, logit) in logits.enumerated() {
            let probability = Probabilities.sigmoid(logit)
            let isPredicted = probability >= thresholds[label]
            guesses[label] = isPredicted
            if isTrue[label] { support[label] += 1 }
            if isPredicted { predicted[label] += 1 }
            if isTrue[label], isPredicted { truePositives[label] += 1 }
            if isTrue[label] != isPredicted { wrong += 1 }
            // 1 - sigmoid(x) is sigmoid(-x), without the cancellation.
            losses[label] -= Probabilities.clippedLog(
                isTrue[label] ? probability : Probabilities.sigmoid(-logit))
        }
        if wrong == 0 { exactRows += 1 }
        wrongDecisions += wrong
        setCounts[isTrue, default: 0] += 1
        truth.append(isTrue)
        predictions.append(guesses)
    }
}
