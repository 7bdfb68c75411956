public import ClassificationData

/// The predictions of a validation for every example.
public struct ValidationPredictions: Sendable {
    /// The number of optimizer steps done.
    public let step: Int
    /// The current epoch, or the one that just ended, counted from 1.
    public let epoch: Int
    /// Whether the validation is the best so far.
    public let isBest: Bool
    /// The validation examples.
    public let examples: [Example]
    /// The logits, `[examples, labels]` row by row.
    public let logits: [Float]
}
