import Foundation

/// What a batch's texts should be classified as.
public enum LossTargets: Sendable, Hashable {
    /// One class per text, `[B]`.
    case classes([Int32])
    /// Zero or one per text and label, `[B * K]`, row by row.
    case multiLabel([Float])

    /// How many texts the logits, `[B, K]` row by row, predict right: the first of the largest logits is the class's,
    /// or for multi-label, exactly the true labels have a probability of at least one half.
    public func rightCount(logits: [Float], numLabels K: Int) -> Int {
        (0..<count(numLabels: K)).count { row in
            let scores = logits[row * K..<(row + 1) * K]
            switch self {
            case .classes(let classes):
                let largest = scores.max() ?? 0
                return scores.firstIndex(of: largest) == scores.startIndex + Int(classes[row])
            case .multiLabel(let flags):
                return zip(scores, flags[row * K..<(row + 1) * K]).allSatisfy { ($0 >= 0) == ($1 == 1) }
            }
        }
    }

    /// The number of texts, given the number of labels.
    func count(numLabels: Int) -> Int {
        switch self {
        case .classes(let classes): classes.count
        case .multiLabel(let flags): flags.count / numLabels
        }
    }
}

/// The classification loss: torch's `cross_entropy` or `binary_cross_entropy_with_logits`, mean reduction.
///
/// The mean is over an effective batch that may be computed in parts: the caller adds the parts' `normalizer`s first
/// and passes the sum to `evaluate`. The parts' losses and gradients then add up to those of the batch.
public struct LossFunction: Sendable, Hashable {
    /// One factor per class, or nil for equal weights.
    public var classWeights: [Float]?
    /// The share of the target spread evenly over the classes, in [0, 1); single-label only.
    public var labelSmoothing: Double

    /// A loss.
    public init(classWeights: [Float]? = nil, labelSmoothing: Double = 0) {
        self.classWeights = classWeights
        self.labelSmoothing = labelSmoothing
    }

    /// What the sum over these texts is divided by: the targets' class weights, or the number of (text, label) pairs.
    public func normalizer(_ targets: LossTargets, numLabels: Int) -> Double {
        switch targets {
        case .classes(let classes): classes.reduce(0) { $0 + weight(of: Int($1)) }
        case .multiLabel(let flags): Double(flags.count)
        }
    }

    /// The loss and its gradient with respect to the logits, in double precision.
    ///
    /// - Parameters:
    ///   - logits: `[B, K]`, row by row.
    ///   - normalizer: the sum of `normalizer(_:numLabels:)` over the effective batch.
    /// - Returns: this part's share of the mean loss, and `dLogits` `[B, K]`.
    public func evaluate(
        logits: [Float], targets: LossTargets, numLabels: Int, normalizer: Double
    ) -> (loss: Double, dLogits: [Float]) {
        precondition(
            logits.count == targets.count(numLabels: numLabels) * numLabels, "one row of logits per target")
        switch targets {
        case .classes(let classes):
            return crossEntropy(logits: logits, classes: classes, K: numLabels, normalizer: normalizer)
        case .multiLabel(let flags):
            return binaryCrossEntropy(logits: logits, flags: flags, K: numLabels, normalizer: normalizer)
        }
    }

    private func weight(of label: Int) -> Double { classWeights.map { Double($0[label]) } ?? 1 }

    // loss_b = (1 - eps) w_y (-log p_y) + eps / K * sum_k w_k (-log p_k), as in torch.
    private func crossEntropy(
        logits: [Float], classes: [Int32], K: Int, normalizer: Double
    ) -> (loss: Double, dLogits: [Float]) {
        var loss = 0.0
        var dLogits = [Float](repeating: 0, count: logits.count)
        for (row, target) in classes.enumerated() {
            let scores = logits[row * K..<(row + 1) * K].map(Double.init)
            let maximum = scores.max() ?? 0
            let logSum = maximum + log(scores.reduce(0) { $0 + exp($1 - maximum) })
            var targetWeights = [Double](repeating: 0, count: K)
            for label in 0..<K { targetWeights[label] = labelSmoothing / Double(K) * weight(of: label) }
            targetWeights[Int(target)] += (1 - labelSmoothing) * weight(of: Int(target))
            let total = targetWeights.reduce(0, +)
            for label in 0..<K {
                let logProbability = scores[label] - logSum
                loss -= targetWeights[label] * logProbability
                dLogits[row * K + label] = Float(
                    (total * exp(logProbability) - targetWeights[label]) / normalizer)
            }
        }
        return (loss / normalizer, dLogits)
    }

    // loss_bk = w_k (max(x, 0) - x y + log(1 + e^-|x|))
    private func binaryCrossEntropy(
        logits: [Float], flags: [Float], K: Int, normalizer: Double
    ) -> (loss: Double, dLogits: [Float]) {
        var loss = 0.0
        var dLogits = [Float](repeating: 0, count: logits.count)
        for index in logits.indices {
            let (x, y, w) = (Double(logits[index]), Double(flags[index]), weight(of: index % K))
            loss += w * (max(x, 0) - x * y + log1p(exp(-abs(x))))
            dLogits[index] = Float(w * (1 / (1 + exp(-x)) - y) / normalizer)
        }
        return (loss / normalizer, dLogits)
    }
}
