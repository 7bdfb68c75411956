/// How logits become probabilities, and probabilities decisions.
public struct DecisionRule: Sendable, Hashable {
    /// What the logits of single-label predictions are divided by; the predicted class stays the same.
    public let temperature: Double
    /// The probability from which each label of a multi-label text is predicted; nil is one half for every label.
    public let thresholds: [Double]?

    /// A temperature of 1, and one half for every label.
    public static let untuned = DecisionRule()

    /// A rule.
    public init(temperature: Double = 1, thresholds: [Double]? = nil) {
        self.temperature = temperature
        self.thresholds = thresholds
    }

    /// One number for all labels.
    public init(threshold: Double, labelCount: Int) {
        self.init(thresholds: [Double](repeating: threshold, count: labelCount))
    }

    /// The threshold of a label.
    public func threshold(of label: Int) -> Double { thresholds?[label] ?? 0.5 }

    /// The same rule for more labels, whose threshold is one half.
    package func padded(to count: Int) -> DecisionRule {
        guard let thresholds, thresholds.count < count else { return self }
        return DecisionRule(
            temperature: temperature,
            thresholds: thresholds + [Double](repeating: 0.5, count: count - thresholds.count))
    }

    /// The softmax of one row of logits at the temperature.
    package func softmax(_ logits: some Sequence<Float>) -> [Double] {
        Probabilities.softmax(logits, temperature: temperature)
    }

    /// The labels of a row of logits whose probability reaches their threshold.
    package func labels(of logits: some Sequence<Float>) -> [Int] {
        logits.enumerated().filter { Probabilities.sigmoid($0.element) >= threshold(of: $0.offset) }
            .map(\.offset)
    }
}
