import Platform

/// Rows of a matrix most of whose elements are zero, with the others' columns ascending.
struct SparseRows: Sendable {
    /// Where each row's elements begin, and where the last one's end.
    private(set) var starts = [0]
    private(set) var columns: [Int] = []
    private(set) var values: [Double] = []

    var count: Int { starts.count - 1 }

    mutating func add(_ row: [(column: Int, value: Double)]) {
        for element in row {
            columns.append(element.column)
            values.append(element.value)
        }
        starts.append(columns.count)
    }
}

/// The weights of words in texts, as scikit-learn's `TfidfVectorizer()` computes them: the number of occurrences times
/// `ln((1 + texts) / (1 + texts with the word)) + 1`, in rows of length 1.
struct TFIDF: Sendable {
    private let columns: [UTF8Key: Int]
    private let inverseFrequencies: [Double]

    /// The number of different words.
    var columnCount: Int { inverseFrequencies.count }

    /// Learns the words of these texts; there may be none.
    init(_ texts: some Collection<String>) {
        var columns: [UTF8Key: Int] = [:]
        var textCounts: [Int] = []
        var lastText: [Int] = []
        for (index, text) in texts.enumerated() {
            WordFinder.forEachWord(of: text) { word in
                if let column = columns[word] {
                    if lastText[column] != index {
                        textCounts[column] += 1
                        lastText[column] = index
                    }
                } else {
                    columns[word] = textCounts.count
                    textCounts.append(1)
                    lastText.append(index)
                }
            }
        }
        self.columns = columns
        inverseFrequencies = textCounts.map { log(Double(1 + texts.count) / Double(1 + $0)) + 1 }
    }

    /// The rows of texts; words that were not learnt count for nothing.
    func rows(of texts: some Collection<String>) -> SparseRows {
        var rows = SparseRows()
        for text in texts {
            var counts: [Int: Double] = [:]
            WordFinder.forEachWord(of: text) { word in
                if let column = columns[word] { counts[column, default: 0] += 1 }
            }
            let weights = counts.sorted { $0.key < $1.key }.map {
                (column: $0.key, value: $0.value * inverseFrequencies[$0.key])
            }
            let length = weights.reduce(0) { $0 + $1.value * $1.value }.squareRoot()
            rows.add(weights.map { ($0.column, $0.value / length) })
        }
        return rows
    }
}
