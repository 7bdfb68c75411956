/// Precision, recall and F1, of one class or averaged.
public struct PrecisionRecall: Sendable, Hashable {
    /// The share of predictions of a class that were right; 0 when there were none.
    public let precision: Double
    /// The share of a class's samples that were found; 0 when there were none.
    public let recall: Double
    /// 2 TP / (support + predictions); 0 when both are 0.
    public let f1: Double

    init(precision: Double, recall: Double, f1: Double) {
        self.precision = precision
        self.recall = recall
        self.f1 = f1
    }

    init(truePositives: Int, support: Int, predicted: Int) {
        precision = predicted == 0 ? 0 : Double(truePositives) / Double(predicted)
        recall = support == 0 ? 0 : Double(truePositives) / Double(support)
        f1 = ClassTally.f1(truePositives: truePositives, support: support, predicted: predicted)
    }

    /// The mean with one weight per class; all zero when the weights are.
    static func mean(_ scores: [PrecisionRecall], weights: [Double]) -> PrecisionRecall {
        let total = weights.reduce(0, +)
        guard total > 0 else { return PrecisionRecall(precision: 0, recall: 0, f1: 0) }
        func mean(_ value: (PrecisionRecall) -> Double) -> Double {
            zip(scores, weights).reduce(0) { $0 + value($1.0) * $1.1 } / total
        }
        return PrecisionRecall(precision: mean(\.precision), recall: mean(\.recall), f1: mean(\.f1))
    }
}

/// The scores of one class.
public struct ClassScores: Sendable, Hashable {
    /// The class's name.
    public let label: String
    /// Precision, recall and F1.
    public let scores: PrecisionRecall
    /// The samples that have the class.
    public let support: Int
    /// The samples predicted to have it.
    public let predicted: Int
}
