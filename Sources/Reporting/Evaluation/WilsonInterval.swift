/// A range for a share, from counts alone: Wilson's score interval at 95 %.
public struct WilsonInterval: Sendable, Hashable {
    /// The 97.5th percentile of the normal distribution.
    private static let z = 1.959963984540054

    public let lower: Double
    public let upper: Double

    /// The interval of `successes / trials`; nil without trials.
    public init?(_ successes: Int, of trials: Int) {
        guard trials > 0, 0...trials ~= successes else { return nil }
        let n = Double(trials)
        let share = Double(successes) / n
        let square = Self.z * Self.z
        let center = (share + square / (2 * n)) / (1 + square / n)
        let half =
            Self.z / (1 + square / n) * (share * (1 - share) / n + square / (4 * n * n)).squareRoot()
        // At 0 and 1 the formula gives the exact bounds except for rounding.
        lower = successes == 0 ? 0 : max(0, center - half)
        upper = successes == trials ? 1 : min(1, center + half)
    }

    private init(lower: Double, upper: Double) {
        self.lower = lower
        self.upper = upper
    }

    /// The interval of a class's F1.
    ///
    /// J = TP / (TP + FP + FN) is a share of counts, and F1 = 2 J / (1 + J) grows with it, so that J's interval
    /// carries over.
    public static func f1(truePositives: Int, support: Int, predicted: Int) -> WilsonInterval? {
        guard let jaccard = WilsonInterval(truePositives, of: support + predicted - truePositives) else {
            return nil
        }
        return WilsonInterval(
            lower: 2 * jaccard.lower / (1 + jaccard.lower), upper: 2 * jaccard.upper / (1 + jaccard.upper))
    }
}
