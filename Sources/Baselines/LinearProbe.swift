/// Logistic regression on the states of a model that is not trained: what the base knows already.
///
/// Equal to scikit-learn's `StandardScaler()` followed by `LogisticRegression(max_iter=1000)`.
public struct LinearProbe: Sendable {
    /// The most products in one pass over the rows: numbers times classes. A fit takes some hundred passes.
    private static let productLimit = 12_000_000
    private static let fewestRows = 100

    /// The number of rows that it learnt from.
    public let rowCount: Int
    private let means: [Double]
    private let deviations: [Double]
    private let classifier: LinearClassifier

    /// Learns from states; of too many rows it takes some, evenly spread over their order.
    ///
    /// - Parameters:
    ///   - states: `[rows, size]`.
    ///   - labels: the classes of each row: one, or with `isMultiLabel` any number.
    /// - Returns: nil without rows, and where even a hundred are too much.
    public init?(states: [Float], size: Int, labels: [[Int]], classCount: Int, isMultiLabel: Bool) {
        guard size > 0, !labels.isEmpty, states.count == labels.count * size else { return nil }
        let most = Self.productLimit / (size + 1) / max(1, classCount)
        guard labels.count <= most || most >= Self.fewestRows else { return nil }
        let count = min(labels.count, most)
        let taken = (0..<count).map { $0 * labels.count / count }
        var means = [Double](repeating: 0, count: size)
        for row in taken {
            for column in 0..<size { means[column] += Double(states[row * size + column]) }
        }
        for column in 0..<size { means[column] /= Double(count) }
        var deviations = [Double](repeating: 0, count: size)
        for row in taken {
            for column in 0..<size {
                let difference = Double(states[row * size + column]) - means[column]
                deviations[column] += difference * difference
            }
        }
        for column in 0..<size {
            let deviation = (deviations[column] / Double(count)).squareRoot()
            deviations[column] = deviation > 0 ? deviation : 1
        }
        self.means = means
        self.deviations = deviations
        rowCount = count
        let labels = taken.map { labels[$0] }
        let outputs = LinearClassifier.outputs(labels, classCount: classCount, isMultiLabel: isMultiLabel)
        classifier = LinearClassifier(
            Self.rows(taken, of: states, means, deviations), columnCount: size, labels: labels,
            outputs: outputs, classCount: classCount, isMultiLabel: isMultiLabel)
    }

    /// The probabilities, `[rows, classes]`.
    public func probabilities(of states: [Float]) -> [Double] {
        classifier.probabilities(
            of: Self.rows(Array(0..<states.count / means.count), of: states, means, deviations))
    }

    /// The classes that it predicts for each row: the most probable, or with several labels those above one half.
    public func predictions(for states: [Float]) -> [[Int]] {
        classifier.predictions(probabilities(of: states))
    }

    private static func rows(
        _ indices: [Int], of states: [Float], _ means: [Double], _ deviations: [Double]
    ) -> SparseRows {
        var rows = SparseRows()
        for row in indices {
            rows.add(
                means.indices.map { column in
                    (
                        column,
                        (Double(states[row * means.count + column]) - means[column]) / deviations[column]
                    )
                })
        }
        return rows
    }
}
