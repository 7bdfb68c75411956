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
    private let classifier: LinearClassifier

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
            let outputs = LinearClassifier.outputs(
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
        rowCount = labels.count
        classifier = LinearClassifier(
            rows, columnCount: words.columnCount, labels: labels, outputs: outputs, classCount: classCount,
            isMultiLabel: isMultiLabel)
    }

    /// The probabilities, `[texts, classes]`.
    public func probabilities(of texts: [String]) -> [Double] {
        classifier.probabilities(of: words.rows(of: texts))
    }

    /// The classes that it predicts for each text: the most probable, or with several labels those above one half.
    public func predictions(for texts: [String]) -> [[Int]] {
        classifier.predictions(probabilities(of: texts))
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
