/// Gradients by central differences of a double-precision definition: the reference for every backward pass.
public enum NumericGradient {
    /// The gradient of `sum(dOutput * function(input))` with respect to `input`.
    public static func of(
        _ input: [Double], dOutput: [Double], function: ([Double]) -> [Double]
    ) -> [Double] {
        // Of order eps^(1/3), where truncation and rounding balance.
        let step = 1e-5
        return input.indices.map { index in
            func value(_ shift: Double) -> Double {
                var moved = input
                moved[index] += shift
                return zip(dOutput, function(moved)).reduce(0) { $0 + $1.0 * $1.1 }
            }
            return (value(step) - value(-step)) / (2 * step)
        }
    }
}

/// norm(actual - expected) / norm(expected).
public func relativeError(_ actual: [Float], _ expected: [Double]) -> Double {
    guard actual.count == expected.count else { return .infinity }
    let difference = zip(actual, expected).reduce(0) { $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1) }
    let norm = expected.reduce(0) { $0 + $1 * $1 }
    return norm > 0 ? (difference / norm).squareRoot() : difference.squareRoot()
}
