/// Logistic regression over all classes of a corpus, as scikit-learn's `LogisticRegression` or, for several labels, its
/// `OneVsRestClassifier` around it: a class that every row or none has needs no output.
struct LinearClassifier: Sendable {
    private let model: LogisticRegression?
    private let classCount: Int
    private let isMultiLabel: Bool
    /// The classes that the model knows, in the order of its outputs.
    private let modelled: [Int]
    /// The probability of each class that needs no output: every row that it learnt from had it, or none.
    private let constants: [Int: Double]
    /// Of two classes scikit-learn models the second alone; this is the first.
    private let complement: Int?

    /// Learns from rows.
    ///
    /// - Parameters:
    ///   - labels: the classes of each row: one, or with `isMultiLabel` any number.
    ///   - outputs: what `outputs` says of these labels.
    init(
        _ rows: SparseRows, columnCount: Int, labels: [[Int]], outputs: [Int], classCount: Int,
        isMultiLabel: Bool
    ) {
        self.classCount = classCount
        self.isMultiLabel = isMultiLabel
        modelled = outputs
        var constants: [Int: Double] = [:]
        let everyLabel = labels.dropFirst().reduce(into: Set(labels[0])) { $0.formIntersection($1) }
        for label in 0..<classCount where !outputs.contains(label) {
            constants[label] = everyLabel.contains(label) ? 1 : 0
        }
        self.constants = constants
        complement =
            isMultiLabel || outputs.count != 1 ? nil : labels.first { $0[0] != outputs[0] }.map { $0[0] }
        guard !outputs.isEmpty else {
            model = nil
            return
        }
        let position = Dictionary(uniqueKeysWithValues: outputs.enumerated().map { ($1, $0) })
        var targets = [Double](repeating: 0, count: labels.count * outputs.count)
        for (row, labels) in labels.enumerated() {
            for label in labels {
                if let output = position[label] { targets[row * outputs.count + output] = 1 }
            }
        }
        model = LogisticRegression(
            rows, targets: targets, columnCount: columnCount, outputs: outputs.count,
            link: isMultiLabel || outputs.count == 1 ? .sigmoid : .softmax)
    }

    /// The classes that need a model's output.
    static func outputs(_ labels: [[Int]], classCount: Int, isMultiLabel: Bool) -> [Int] {
        var counts = [Int](repeating: 0, count: classCount)
        for row in labels {
            for label in row { counts[label] += 1 }
        }
        let mixed = counts.indices.filter { counts[$0] > 0 && counts[$0] < labels.count }
        return !isMultiLabel && mixed.count == 2 ? [mixed[1]] : mixed
    }

    /// The probabilities, `[rows, classes]`.
    func probabilities(of rows: SparseRows) -> [Double] {
        let outputs = model?.probabilities(rows) ?? []
        var result = [Double](repeating: 0, count: rows.count * classCount)
        for row in 0..<rows.count {
            for (label, value) in constants { result[row * classCount + label] = value }
            for (output, label) in modelled.enumerated() {
                result[row * classCount + label] = outputs[row * modelled.count + output]
            }
            if let complement { result[row * classCount + complement] = 1 - outputs[row] }
        }
        return result
    }

    /// The classes of each row of probabilities: the most probable, or with several labels those above one half.
    func predictions(_ probabilities: [Double]) -> [[Int]] {
        (0..<probabilities.count / max(1, classCount)).map { row in
            let values = probabilities[row * classCount..<(row + 1) * classCount]
            if isMultiLabel { return (0..<classCount).filter { values[values.startIndex + $0] > 0.5 } }
            // The first of equals.
            let highest = values.max() ?? 0
            return [(values.firstIndex(of: highest) ?? values.startIndex) - values.startIndex]
        }
    }
}
