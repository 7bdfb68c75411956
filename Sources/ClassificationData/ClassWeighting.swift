public import Diagnostics
package import JSONCore

/// How classes are weighted in the loss.
public enum ClassWeighting: Sendable, Hashable {
    /// Inverse square-root frequencies when the largest class has more than twice the examples of the smallest.
    case auto
    /// No weights.
    case none
    /// A weight of 1 for each class, which is the same loss as none.
    case uniform
    /// √(N / (K·n)) for a class of n examples among N in K classes, scaled to sum to K.
    case sqrtInverse
    /// N / (K·n), scaled to sum to K.
    case inverse
    /// Weights from a JSON file: an object from class name to weight, or an array in class order; not rescaled.
    case file(String)
    /// These weights, one for each class in class order; not rescaled. A run keeps the weights of its file in this
    /// form.
    case values([Double])

    /// The rule that a text names: `auto`, `none`, `uniform`, `sqrt_inverse` (`sqrt`), `inverse` (`inverse_freq`);
    /// anything else is the path of a file.
    public static func parse(_ text: String) -> ClassWeighting {
        switch text {
        case "auto": .auto
        case "none": .none
        case "uniform": .uniform
        case "sqrt_inverse", "sqrt": .sqrtInverse
        case "inverse", "inverse_freq": .inverse
        default: .file(text)
        }
    }
}

extension ClassWeighting {
    /// The rule for classes of these sizes, each with an example: weights by the square root when the largest has
    /// more than twice the examples of the smallest.
    package static func automatic(counts: [Int]) -> ClassWeighting {
        let (smallest, largest) = (counts.min() ?? 0, counts.max() ?? 0)
        return Double(largest) / Double(max(1, smallest)) > 2 ? .sqrtInverse : .none
    }
}

extension ClassWeighting: CustomStringConvertible {
    /// The text that `parse` reads back; values that came from a file as a list.
    public var description: String {
        switch self {
        case .auto: "auto"
        case .none: "none"
        case .uniform: "uniform"
        case .sqrtInverse: "sqrt_inverse"
        case .inverse: "inverse"
        case .file(let path): path
        case .values(let weights): JSONValue.array(weights.map { JSONValue($0) }).encoded(.compact)
        }
    }
}

extension ClassWeighting {
    /// The rule for a run's settings.
    package var json: JSONValue {
        if case .values(let weights) = self {
            .array(weights.map { JSONValue($0) })
        } else {
            .string(description)
        }
    }

    /// Reads the value back; nil if it is neither a text nor a list of positive numbers.
    package init?(json: JSONValue) {
        if let text = json.string {
            self = .parse(text)
        } else {
            let weights = json.array?.compactMap { $0.double.flatMap { $0.isFinite && $0 > 0 ? $0 : nil } }
            guard let weights, weights.count == json.array?.count else { return nil }
            self = .values(weights)
        }
    }
}

/// The weights that a rule gives for a corpus.
public struct ClassWeights: Sendable, Hashable {
    /// One positive weight per class in class order, or nil for an unweighted loss.
    public let values: [Double]?
    /// The rule that was applied; for `auto`, the one that it chose.
    public let rule: ClassWeighting
    /// A warning if `auto` could not weight the classes.
    public let warning: Message?

    /// Computes the weights of a rule.
    ///
    /// - Parameters:
    ///   - weighting: the rule.
    ///   - counts: the number of examples of each class.
    ///   - labels: the classes, for the names in a file.
    ///   - problemType: weights belong to single-label training; `auto` chooses none for multi-label.
    ///   - oversampling: whether minority examples are repeated, in which case `auto` chooses none.
    /// - Throws: `ClassWeightError` when a file cannot be read or does not give each class one positive weight,
    ///   or when weights are asked for in multi-label training.
    public init(
        _ weighting: ClassWeighting, counts: [Int], labels: LabelMap, problemType: ProblemType = .singleLabel,
        oversampling: Bool = false
    ) throws(ClassWeightError) {
        precondition(counts.count == labels.count, "\(counts.count) counts for \(labels.count) classes")
        var weighting = weighting
        var warning: Message?
        if case .auto = weighting {
            let smallest = counts.min() ?? 0
            if problemType == .multiLabel || oversampling {
                weighting = .none
            } else if smallest == 0 {
                weighting = .none
                warning =
                    "classes are not weighted because some have no example; name a rule with \(setting: .classWeights) to weight them"
            } else {
                weighting = .automatic(counts: counts)
            }
        }
        if problemType == .multiLabel, weighting != .none { throw .multiLabel }
        rule = weighting
        self.warning = warning
        switch weighting {
        case .auto, .none: values = nil
        case .uniform: values = counts.map { _ in 1 }
        case .inverse: values = Self.scaled(Self.inverseFrequencies(counts))
        case .sqrtInverse: values = Self.scaled(Self.inverseFrequencies(counts).map { $0.squareRoot() })
        case .file(let path): values = try ClassWeightFile.read(path, labels: labels)
        case .values(let weights):
            guard weights.count == labels.count else {
                throw .wrongCount(path: "class weights", found: weights.count, expected: labels.count)
            }
            values = weights
        }
    }

    /// N / (K·n), where an empty class counts as one example.
    private static func inverseFrequencies(_ counts: [Int]) -> [Double] {
        let total = Double(counts.reduce(0, +))
        return counts.map { total / (Double(counts.count) * Double(max($0, 1))) }
    }

    /// The weights times a factor that makes them sum to their number.
    private static func scaled(_ weights: [Double]) -> [Double] {
        let sum = weights.reduce(0, +)
        guard sum > 0 else { return weights.map { _ in 1 } }
        return weights.map { $0 * Double(weights.count) / sum }
    }
}
