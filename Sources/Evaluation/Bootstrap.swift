/// A range that holds a metric with 95 % confidence.
public struct ConfidenceInterval: Sendable, Hashable {
    /// The 2.5th percentile of the resampled metric.
    public let lower: Double
    /// The 97.5th percentile of the resampled metric.
    public let upper: Double

    /// A range that was computed elsewhere.
    public init(lower: Double, upper: Double) {
        self.lower = lower
        self.upper = upper
    }
}

/// Percentile bootstrap intervals.
///
/// Resample r of n samples takes, as its j-th, the sample at `floor(x * n / 2^64)` (exact, by a 128-bit product) for
/// the 64-bit word x = `SplitMix64.word(at: r * n + j, seed: seed)`. The bounds are the 2.5th and 97.5th percentiles
/// with linear interpolation, the default of `numpy.percentile`.
public struct BootstrapIntervals: Sendable, Hashable {
    /// How many resamples were drawn.
    public let resamples: Int
    /// The seed they were drawn with.
    public let seed: UInt64
    /// The interval of the accuracy.
    public let accuracy: ConfidenceInterval
    /// The interval of the macro F1 over all classes.
    public let macroF1: ConfidenceInterval
    /// The interval of Matthews' correlation coefficient.
    public let matthewsCorrelation: ConfidenceInterval

    init(labels: [Int], predictions: [Int], classCount: Int, resamples: Int, seed: UInt64) {
        self.resamples = resamples
        self.seed = seed
        var values = (accuracy: [Double](), macroF1: [Double](), correlation: [Double]())
        let pairs = zip(labels, predictions).map { (label: Int32($0), prediction: Int32($1)) }
        var truePositives = [Int](repeating: 0, count: classCount)
        var support = truePositives
        var predicted = truePositives
        for resample in 0..<resamples {
            for label in 0..<classCount {
                (truePositives[label], support[label], predicted[label]) = (0, 0, 0)
            }
            let start = UInt64(resample) * UInt64(pairs.count)
            for draw in 0..<pairs.count {
                let word = SplitMix64.word(at: start + UInt64(draw), seed: seed)
                let pair = pairs[Int(word.multipliedFullWidth(by: UInt64(pairs.count)).high)]
                support[Int(pair.label)] += 1
                predicted[Int(pair.prediction)] += 1
                if pair.label == pair.prediction { truePositives[Int(pair.label)] += 1 }
            }
            values.accuracy.append(Double(truePositives.reduce(0, +)) / Double(pairs.count))
            values.macroF1.append(
                ClassTally.macroF1(truePositives: truePositives, support: support, predicted: predicted))
            values.correlation.append(
                ClassTally.matthewsCorrelation(
                    truePositives: truePositives, support: support, predicted: predicted,
                    sampleCount: pairs.count))
        }
        accuracy = Self.interval(values.accuracy)
        macroF1 = Self.interval(values.macroF1)
        matthewsCorrelation = Self.interval(values.correlation)
    }

    static func interval(_ values: [Double]) -> ConfidenceInterval {
        let sorted = values.sorted()
        return ConfidenceInterval(lower: percentile(2.5, of: sorted), upper: percentile(97.5, of: sorted))
    }

    private static func percentile(_ percent: Double, of sorted: [Double]) -> Double {
        let position = percent / 100 * Double(sorted.count - 1)
        let below = Int(position)
        let above = min(below + 1, sorted.count - 1)
        return sorted[below] + (sorted[above] - sorted[below]) * (position - Double(below))
    }
}

/// SplitMix64 (Steele, Lea and Flood, 2014) addressed by position instead of by state.
enum SplitMix64 {
    /// The word of a generator with this seed at a position, from 0; all arithmetic is modulo 2^64.
    static func word(at position: UInt64, seed: UInt64) -> UInt64 {
        var word = seed &+ (position &+ 1) &* 0x9E37_79B9_7F4A_7C15
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
