/// The samples of one label from the highest score to the lowest.
struct LabelRanking {
    /// The samples in that order, and whether each has the label.
    private let order: [(sample: Int, isTrue: Bool)]
    /// Where a run of equal scores ends, exclusive.
    private let ends: [Int]

    init(scores: [Float], isTrue: [Bool]) {
        let sorted = scores.indices.sorted { scores[$0] > scores[$1] }
        order = sorted.map { ($0, isTrue[$0]) }
        ends = sorted.indices.filter {
            $0 + 1 == sorted.count || scores[sorted[$0]] != scores[sorted[$0 + 1]]
        }.map { $0 + 1 }
    }

    /// The average precision as scikit-learn computes it: precision at each score, weighted by the recall it adds; 0
    /// without a sample that has the label.
    ///
    /// - Parameter weights: how often each sample counts; nil counts each once.
    func averagePrecision(weights: [Int]?) -> Double {
        var (all, right, sum, start) = (0, 0, 0.0, 0)
        for end in ends {
            let before = right
            for index in start..<end {
                let weight = weights?[order[index].sample] ?? 1
                all += weight
                if order[index].isTrue { right += weight }
            }
            start = end
            if right > before { sum += Double(right - before) * Double(right) / Double(all) }
        }
        return right == 0 ? 0 : sum / Double(right)
    }
}

/// Percentile bootstrap intervals of multi-label metrics, with the resamples of `BootstrapIntervals`.
public struct MultiLabelIntervals: Sendable, Hashable {
    /// More decisions than this are not looked at: they would take minutes.
    private static let decisionLimit = 200_000_000
    private static let leastResamples = 100

    /// How many resamples were drawn.
    public let resamples: Int
    /// The seed they were drawn with.
    public let seed: UInt64
    /// The interval of the mean average precision.
    public let meanAveragePrecision: ConfidenceInterval
    /// The interval of the macro F1 over all labels.
    public let macroF1: ConfidenceInterval
    /// The interval of the micro F1.
    public let microF1: ConfidenceInterval
    /// The interval of the subset accuracy.
    public let subsetAccuracy: ConfidenceInterval

    /// Nil without resamples.
    init?(
        rankings: [LabelRanking], truth: [[Bool]], predictions: [[Bool]], resamples: Int, seed: UInt64
    ) {
        guard resamples > 0 else { return nil }
        let (count, decisions) = (truth.count, truth.count * rankings.count)
        let resamples = min(resamples, max(Self.leastResamples, Self.decisionLimit / max(1, decisions)))
        let outcomes = rankings.indices.map { label in
            (
                right: truth.indices.filter { truth[$0][label] && predictions[$0][label] },
                support: truth.indices.filter { truth[$0][label] },
                predicted: truth.indices.filter { predictions[$0][label] }
            )
        }
        let exact = truth.indices.filter { truth[$0] == predictions[$0] }
        var values = (precision: [Double](), macro: [Double](), micro: [Double](), exact: [Double]())
        var weights = [Int](repeating: 0, count: count)
        for resample in 0..<resamples {
            for sample in weights.indices { weights[sample] = 0 }
            let start = UInt64(resample) * UInt64(count)
            for draw in 0..<count {
                let word = SplitMix64.word(at: start + UInt64(draw), seed: seed)
                weights[Int(word.multipliedFullWidth(by: UInt64(count)).high)] += 1
            }
            func total(_ samples: [Int]) -> Int { samples.reduce(0) { $0 + weights[$1] } }
            let right = outcomes.map { total($0.right) }
            let support = outcomes.map { total($0.support) }
            let predicted = outcomes.map { total($0.predicted) }
            values.macro.append(
                ClassTally.macroF1(truePositives: right, support: support, predicted: predicted))
            values.micro.append(
                ClassTally.f1(
                    truePositives: right.reduce(0, +), support: support.reduce(0, +),
                    predicted: predicted.reduce(0, +)))
            values.exact.append(Double(total(exact)) / Double(count))
            values.precision.append(
                rankings.reduce(0) { $0 + $1.averagePrecision(weights: weights) }
                    / Double(rankings.count))
        }
        self.resamples = resamples
        self.seed = seed
        meanAveragePrecision = BootstrapIntervals.interval(values.precision)
        macroF1 = BootstrapIntervals.interval(values.macro)
        microF1 = BootstrapIntervals.interval(values.micro)
        subsetAccuracy = BootstrapIntervals.interval(values.exact)
    }
}
