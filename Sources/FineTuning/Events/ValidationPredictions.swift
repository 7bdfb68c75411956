public import ClassificationData

/// What a validation predicted for every example.
public struct ValidationPredictions: Sendable {
    /// The number of optimizer steps done.
    public let step: Int
    /// The epoch under way or just ended, counted from 1.
    public let epoch: Int
    /// Whether the validation is the best so far.
    public let isBest: Bool
    /// The validation examples.
    public let examples: [Example]
    /// The logits, `[examples, labels]` row by row.
    public let logits: [Float]
}
