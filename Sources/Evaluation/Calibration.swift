/// Calibration: the confidence in the predicted class compared with how often it is right.
public struct Calibration: Sendable, Hashable {
    /// The samples whose confidence lies in (lower, upper]; 0 belongs to the first bin.
    public struct Bin: Sendable, Hashable {
        /// The bound below, exclusive.
        public let lower: Double
        /// The bound above, inclusive.
        public let upper: Double
        /// The number of samples.
        public let count: Int
        /// The mean confidence; nil if there is no sample.
        public let meanConfidence: Double?
        /// The share of right predictions; nil if there is no sample.
        public let accuracy: Double?
    }

    /// Ten bins of equal width over [0, 1].
    public let bins: [Bin]
    /// The expected calibration error: |accuracy - mean confidence| averaged over bins, weighted by their samples.
    public let expectedError: Double

    init(confidences: [Double], isCorrect: [Bool]) {
        let binCount = 10
        let edges = (0...binCount).map { Double($0) / Double(binCount) }
        var counts = [Int](repeating: 0, count: binCount)
        var correct = counts
        var sums = [Double](repeating: 0, count: binCount)
        for (confidence, right) in zip(confidences, isCorrect) {
            let bin = max((edges.firstIndex { confidence <= $0 } ?? binCount) - 1, 0)
            counts[bin] += 1
            sums[bin] += confidence
            if right { correct[bin] += 1 }
        }
        var error = 0.0
        bins = (0..<binCount).map { bin in
            guard counts[bin] > 0 else {
                return Bin(
                    lower: edges[bin], upper: edges[bin + 1], count: 0, meanConfidence: nil, accuracy: nil)
            }
            let confidence = sums[bin] / Double(counts[bin])
            let accuracy = Double(correct[bin]) / Double(counts[bin])
            error += abs(accuracy - confidence) * Double(counts[bin]) / Double(confidences.count)
            return Bin(
                lower: edges[bin], upper: edges[bin + 1], count: counts[bin], meanConfidence: confidence,
                accuracy: accuracy)
        }
        expectedError = error
    }
}

/// How sure the model was of what it predicted.
public struct ConfidenceSummary: Sendable, Hashable {
    /// The mean probability of the predicted class.
    public let mean: Double
    /// The same over the samples predicted rightly; nil when there is none.
    public let meanCorrect: Double?
    /// The same over the samples predicted wrongly; nil when there is none.
    public let meanWrong: Double?
    /// `meanCorrect - meanWrong`; nil when either is.
    public var gap: Double? { meanCorrect.flatMap { correct in meanWrong.map { correct - $0 } } }

    init(confidences: [Double], isCorrect: [Bool]) {
        var sums = (right: 0.0, wrong: 0.0)
        var right = 0
        for (confidence, correct) in zip(confidences, isCorrect) {
            if correct {
                sums.right += confidence
                right += 1
            } else {
                sums.wrong += confidence
            }
        }
        mean = (sums.right + sums.wrong) / Double(confidences.count)
        meanCorrect = right == 0 ? nil : sums.right / Double(right)
        meanWrong = right == confidences.count ? nil : sums.wrong / Double(confidences.count - right)
    }
}
