/// How much better one classifier does than another on the same samples.
///
/// The samples are resampled together for both, as `BootstrapIntervals` does it, so what makes a sample hard for both
/// cancels out: the interval is narrower than the two classifiers' own intervals suggest.
public struct PairedComparison: Sendable, Hashable {
    /// The range that holds the macro F1 of the first minus that of the second with 95 % confidence.
    public let difference: ConfidenceInterval

    /// Compares predictions.
    ///
    /// - Parameters:
    ///   - truth: the classes of each sample, each once.
    ///   - predictions: the classes that the first classifier predicts for each.
    ///   - others: those that the second predicts.
    ///   - resamples: nil for as many as take little time.
    /// - Returns: nil without samples.
    public init?(
        truth: [[Int]], predictions: [[Int]], others: [[Int]], classCount: Int, resamples: Int? = nil,
        seed: UInt64 = 42
    ) {
        guard !truth.isEmpty, predictions.count == truth.count, others.count == truth.count else {
            return nil
        }
        var tally = PairedTally(classCount: classCount)
        let count = UInt64(truth.count)
        let resamples = resamples ?? min(1_000, max(100, 20_000_000 / truth.count))
        var differences: [Double] = []
        for resample in 0..<resamples {
            tally.clear()
            for draw in 0..<count {
                let word = SplitMix64.word(at: UInt64(resample) * count + draw, seed: seed)
                let row = Int(word.multipliedFullWidth(by: count).high)
                tally.add(truth[row], predictions[row], others[row])
            }
            let values = tally.macroF1
            differences.append(values.first - values.second)
        }
        difference = BootstrapIntervals.interval(differences)
    }

    /// The macro F1 of predictions, over all classes.
    public static func macroF1(truth: [[Int]], predictions: [[Int]], classCount: Int) -> Double {
        var tally = PairedTally(classCount: classCount)
        for (truth, predictions) in zip(truth, predictions) { tally.add(truth, predictions, []) }
        return tally.macroF1.first
    }
}

/// Counts over the samples of a comparison.
private struct PairedTally {
    private var support: [Int]
    private var predicted: ([Int], [Int])
    private var truePositives: ([Int], [Int])

    init(classCount: Int) {
        support = [Int](repeating: 0, count: classCount)
        predicted = (support, support)
        truePositives = (support, support)
    }

    mutating func clear() {
        for label in support.indices {
            support[label] = 0
            (predicted.0[label], predicted.1[label]) = (0, 0)
            (truePositives.0[label], truePositives.1[label]) = (0, 0)
        }
    }

    mutating func add(_ truth: [Int], _ first: [Int], _ second: [Int]) {
        for label in truth { support[label] += 1 }
        for label in first {
            predicted.0[label] += 1
            if truth.contains(label) { truePositives.0[label] += 1 }
        }
        for label in second {
            predicted.1[label] += 1
            if truth.contains(label) { truePositives.1[label] += 1 }
        }
    }

    var macroF1: (first: Double, second: Double) {
        (
            ClassTally.macroF1(truePositives: truePositives.0, support: support, predicted: predicted.0),
            ClassTally.macroF1(truePositives: truePositives.1, support: support, predicted: predicted.1)
        )
    }
}
