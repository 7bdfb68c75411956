/// How often each class was predicted for each true class.
///
/// Cells are sparse, so that the size depends on the samples and not on thousands of classes.
public struct ConfusionCounts: Sendable, Hashable {
    /// One kind of outcome and how often it happened.
    public struct Cell: Sendable, Hashable {
        /// The true class.
        public let label: Int
        /// The predicted class.
        public let prediction: Int
        /// How often.
        public let count: Int
    }

    /// The number of classes K.
    public let classCount: Int
    /// The number of samples.
    public let sampleCount: Int
    /// The outcomes that happened, ascending by true class, then predicted class.
    public let cells: [Cell]
    /// Per class, the right predictions.
    public let truePositives: [Int]
    /// Per class, the samples that have it.
    public let support: [Int]
    /// Per class, the samples predicted to have it.
    public let predicted: [Int]

    /// Counts outcomes.
    ///
    /// - Precondition: both arrays are of one length and hold classes below `classCount`.
    public init(labels: [Int], predictions: [Int], classCount: Int) {
        precondition(labels.count == predictions.count, "as many predictions as labels")
        self.classCount = classCount
        sampleCount = labels.count
        var support = [Int](repeating: 0, count: classCount)
        var predicted = support
        var truePositives = support
        var counts: [Int: Int] = [:]
        for (label, prediction) in zip(labels, predictions) {
            support[label] += 1
            predicted[prediction] += 1
            if label == prediction { truePositives[label] += 1 }
            counts[label * classCount + prediction, default: 0] += 1
        }
        self.support = support
        self.predicted = predicted
        self.truePositives = truePositives
        cells = counts.sorted { $0.key < $1.key }.map {
            Cell(label: $0.key / classCount, prediction: $0.key % classCount, count: $0.value)
        }
    }

    /// The matrix, [true class][predicted class].
    public var matrix: [[Int]] {
        var matrix = [[Int]](repeating: [Int](repeating: 0, count: classCount), count: classCount)
        for cell in cells { matrix[cell.label][cell.prediction] = cell.count }
        return matrix
    }

    /// The most frequent mistakes: by count descending, then true class, then predicted class.
    public func topConfusions(_ limit: Int) -> [Cell] {
        let mistakes = cells.filter { $0.label != $0.prediction }
        return Array(
            mistakes.sorted { ($1.count, $0.label, $0.prediction) < ($0.count, $1.label, $1.prediction) }
                .prefix(limit))
    }

    /// The share of right predictions.
    public var accuracy: Double { Double(truePositives.reduce(0, +)) / Double(sampleCount) }

    /// The mean F1 over all K classes; a class that neither occurs nor is predicted counts as 0.
    public var macroF1: Double {
        ClassTally.macroF1(truePositives: truePositives, support: support, predicted: predicted)
    }

    /// Matthews' correlation coefficient of any number of classes; 0 where it is undefined.
    public var matthewsCorrelation: Double {
        ClassTally.matthewsCorrelation(
            truePositives: truePositives, support: support, predicted: predicted, sampleCount: sampleCount)
    }

    /// Cohen's kappa, unweighted; nil if chance agreement is complete (both sides have the same single class).
    public var cohenKappa: Double? {
        let total = Double(sampleCount)
        let expected = zip(support, predicted).reduce(0.0) {
            $0 + Double($1.0) / total * (Double($1.1) / total)
        }
        guard zip(support, predicted).reduce(0, { $0 + $1.0 * $1.1 }) != sampleCount * sampleCount else {
            return nil
        }
        return (accuracy - expected) / (1 - expected)
    }
}

/// Metrics that need only three numbers per class; the bootstrap computes them a thousand times.
package enum ClassTally {
    /// F1 = 2 TP / (support + predicted); 0 when both are 0.
    package static func f1(truePositives: Int, support: Int, predicted: Int) -> Double {
        let sum = support + predicted
        return sum == 0 ? 0 : 2 * Double(truePositives) / Double(sum)
    }

    /// The unweighted mean of the classes' F1.
    package static func macroF1(truePositives: [Int], support: [Int], predicted: [Int]) -> Double {
        var sum = 0.0
        for label in support.indices {
            sum += f1(
                truePositives: truePositives[label], support: support[label], predicted: predicted[label])
        }
        return sum / Double(support.count)
    }

    static func matthewsCorrelation(
        truePositives: [Int], support: [Int], predicted: [Int], sampleCount: Int
    ) -> Double {
        var (crossed, supportSquares, predictedSquares) = (0, 0, 0)
        for label in support.indices {
            crossed += support[label] * predicted[label]
            supportSquares += support[label] * support[label]
            predictedSquares += predicted[label] * predicted[label]
        }
        let squared = sampleCount * sampleCount
        let covariance = Double(truePositives.reduce(0, +) * sampleCount - crossed)
        let spread = Double(squared - supportSquares) * Double(squared - predictedSquares)
        return spread == 0 ? 0 : covariance / spread.squareRoot()
    }
}
