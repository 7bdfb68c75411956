import Evaluation

/// A classifier's prediction for one text.
public struct Prediction: Sendable, Hashable {
    /// The classes predicted: the most probable one, or for multi-label every one with a probability of at least
    /// one half, ascending.
    public let labels: [Int]
    /// Their names.
    public let labelNames: [String]
    /// The probability of each class, by index: a softmax, or for multi-label one logistic function each.
    public let probabilities: [Double]
    /// The logit of each class, by index.
    public let logits: [Float]

    /// The most probable class, the first of equals.
    public var label: Int { Probabilities.argmax(probabilities) }
}
