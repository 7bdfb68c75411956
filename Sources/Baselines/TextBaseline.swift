/// TF-IDF and logistic regression, equal to scikit-learn's `TfidfVectorizer()` and `LogisticRegression(max_iter=1000)`:
/// what a trained model has to beat.
///
/// Several labels at a time are `OneVsRestClassifier` around it.
public struct TextBaseline: Sendable {
    /// How much work a baseline may be.
    public struct Limits: Sendable {
        /// The most products in one pass over the rows: occurrences of words times classes. A fit takes some hundred
        /// passes: six seconds for as many.
        public var products = 20_000_000
        /// The most weights: words times classes. A fit needs some 130 bytes for each.
        public var weights = 1_000_000

        /// At most some ten seconds and 130 MB: 5,000 rows of 40 words and 54 classes.
        public init() {}
    }

    /// Of fewer rows than these, a sample says nothing.
    private static let fewestRows = 100

    /// The number of rows that it learnt from.
    public let rowCount: Int
    private let words: TFIDF
    private let model: LogisticRegression?
    private let classCount: Int
    private let isMultiLabel: Bool
    /// The classes that the model knows, in the order of its outputs.
    private let modelled: [Int]
    /// The probability of each class that needs no output: every row that it learnt from had it, or none.
    private let constants: [Int: Double]
    /// Of two classes scikit-learn models the second alone; this is the first.
    private let complement: Int?

    /// Learns from labelled texts; of too many it takes some, evenly spread over their order.
    ///
    /// - Parameters:
    ///   - texts: the texts.
    ///   - labels: the classes of each: one, or with `isMultiLabel` any number.
    /// - Returns: nil without texts, and where even a hundred rows are too much.
    public init?(
        texts: [String], labels: [[Int]], classCount: Int, isMultiLabel: Bool, limits: Limits = Limits()
    ) {
        var count = texts.count
        while count > 0 {
            let taken = (0..<count).map { $0 * texts.count / count }
            let words = TFIDF(taken.map { texts[$0] })
            let rows = words.rows(of: taken.map { texts[$0] })
            let outputs = Self.outputs(
                taken.map { labels[$0] }, classCount: classCount, isMultiLabel: isMultiLabel)
            let weights = (words.columnCount + 1) * outputs.count
            let products = (rows.columns.count + rows.count) * outputs.count
            if weights <= limits.weights, products <= limits.products {
                self.init(
                    words, rows, taken.map { labels[$0] }, outputs, classCount: classCount,
                    isMultiLabel: isMultiLabel)
                return
            }
            let share = min(
                Double(limits.weights) / Double(weights), Double(limits.products) / Double(products))
            count = Int(Double(count) * min(0.75, share))
            if count < Self.fewestRows { return nil }
        }
        return nil
    }

    private init(
        _ words: TFIDF, _ rows: SparseRows, _ labels: [[Int]], _ outputs: [Int], classCount: Int,
        isMultiLabel: Bool
    ) {
        self.words = words
        self.classCount = classCount
        self.isMultiLabel = isMultiLabel
        rowCount = labels.count
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
            rows, targets: targets, columnCount: words.columnCount, outputs: outputs.count,
            link: isMultiLabel || outputs.count == 1 ? .sigmoid : .softmax)
    }

    /// The classes that need a model's output.
    private static func outputs(_ labels: [[Int]], classCount: Int, isMultiLabel: Bool) -> [Int] {
        var counts = [Int](repeating: 0, count: classCount)
        for row in labels {
            for label in row { counts[label] += 1 }
        }
        let mixed = counts.indices.filter { counts[$0] > 0 && counts[$0] < labels.count }
        return !isMultiLabel && mixed.count == 2 ? [mixed[1]] : mixed
    }

    /// The probabilities, `[texts, classes]`.
    public func probabilities(of texts: [String]) -> [Double] {
        let outputs = model?.probabilities(words.rows(of: texts)) ?? []
        var result = [Double](repeating: 0, count: texts.count * classCount)
        for row in texts.indices {
            for (label, value) in constants { result[row * classCount + label] = value }
            for (output, label) in modelled.enumerated() {
                result[row * classCount + label] = outputs[row * modelled.count + output]
            }
            if let complement { result[row * classCount + complement] = 1 - outputs[row] }
        }
        return result
    }

    /// The classes that it predicts for each text: the most probable, or with several labels those above one half.
    public func predictions(for texts: [String]) -> [[Int]] {
        let probabilities = probabilities(of: texts)
        return texts.indices.map { row in
            let values = probabilities[row * classCount..<(row + 1) * classCount]
            if isMultiLabel { return (0..<classCount).filter { values[values.startIndex + $0] > 0.5 } }
            // The first of equals.
            let highest = values.max() ?? 0
            return [(values.firstIndex(of: highest) ?? values.startIndex) - values.startIndex]
        }
    }
}

/// The classes that are most frequent: what to predict without looking at the text.
public enum MajorityBaseline {
    /// The most frequent class, or with several labels the most frequent set of them; the first of equals.
    public static func labels(of rows: [[Int]]) -> [Int] {
        var counts: [[Int]: Int] = [:]
        for row in rows { counts[row, default: 0] += 1 }
        let most = counts.values.max() ?? 0
        return counts.filter { $0.value == most }.keys.min { $0.lexicographicallyPrecedes($1) } ?? []
    }
}
