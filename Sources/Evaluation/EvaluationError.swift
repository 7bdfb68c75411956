/// Why predictions cannot be evaluated.
public enum EvaluationError: Error, Sendable, Hashable {
    /// There is nothing to evaluate.
    case noSamples
    /// Fewer classes than the kind of problem needs.
    case tooFewClasses(found: Int, needed: Int)
    /// The number of scores is not rows times classes.
    case scoreCount(found: Int, rows: Int, classes: Int)
    /// A logit or probability that is NaN or infinite.
    case notFinite(row: Int, label: Int)
    /// A probability outside [0, 1], or a row of them that does not sum to 1 within 1e-6.
    case notProbabilities(row: Int)
    /// A true label that is no class, or is repeated in one row.
    case labelOutOfRange(row: Int, label: Int, classes: Int)
    case repeatedLabel(row: Int, label: Int)
}

extension EvaluationError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noSamples: "nothing to evaluate: no samples were given"
        case .tooFewClasses(let found, let needed): "\(found) classes; an evaluation needs at least \(needed)"
        case .scoreCount(let found, let rows, let classes):
            "\(found) scores for \(rows) samples of \(classes) classes; expected \(rows) x \(classes)"
        case .notFinite(let row, let label):
            "sample \(row): the score of class \(label) is not a finite number; the model is damaged or diverged"
        case .notProbabilities(let row): "sample \(row): the scores are not probabilities that sum to 1"
        case .labelOutOfRange(let row, let label, let classes):
            "sample \(row): label \(label) is out of range; expected 0…\(classes - 1)"
        case .repeatedLabel(let row, let label): "sample \(row): label \(label) is repeated"
        }
    }
}
