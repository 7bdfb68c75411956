/// A labelled corpus in memory, in the order of its file.
public struct ClassifyDataset: Sendable {
    /// The examples in file order.
    public let examples: [Example]
    /// The classes.
    public let labels: LabelMap
    /// Whether an example has one class or any number.
    public let problemType: ProblemType
    /// What the data is, as "sha256:…": see `ContentHash`.
    public let sourceHash: String
    /// Where it was read from; nil for one made in memory or read from standard input.
    public internal(set) var source: CorpusSource?
    /// What its owner should know.
    public let warnings: [DataWarning]

    /// For each example, the first eight bytes of its text's SHA-256: what equal texts are found by.
    let textKeys: [UInt64]
    /// The examples' places in an order that does not depend on the order of the file: by text, label, group, line.
    let canonicalOrder: [Int]

    /// A corpus made in memory.
    ///
    /// - Precondition: every label is a class of `labels` and of the form `problemType` says.
    public init(examples: [Example], labels: LabelMap, problemType: ProblemType) {
        self.init(examples: examples, labels: labels, problemType: problemType, readerWarnings: [])
    }

    init(
        examples: [Example], labels: LabelMap, problemType: ProblemType, readerWarnings: [DataWarning]
    ) {
        for example in examples {
            switch example.label {
            case .index(let index):
                precondition(
                    problemType == .singleLabel && 0..<labels.count ~= index, "label \(index) is no class")
            case .multi(let indices):
                precondition(
                    problemType == .multiLabel && indices.allSatisfy { 0..<labels.count ~= $0 }
                        && zip(indices, indices.dropFirst()).allSatisfy(<), "labels \(indices) are no classes"
                )
            }
        }
        self.examples = examples
        self.labels = labels
        self.problemType = problemType
        textKeys = examples.map { TextKey.key(of: $0.text) }
        canonicalOrder = ContentOrder.sorted(examples)
        sourceHash = ContentHash.hash(examples, order: canonicalOrder)
        warnings =
            readerWarnings
            + DataReview.warnings(
                examples: examples, labels: labels, textKeys: textKeys, order: canonicalOrder)
    }

    /// How many examples have each class, by index; an example with several classes counts for each.
    public var classCounts: [Int] { classCounts(of: examples.indices) }

    /// How many of the examples at these places have each class.
    public func classCounts(of places: some Sequence<Int>) -> [Int] {
        var counts = [Int](repeating: 0, count: labels.count)
        for place in places {
            switch examples[place].label {
            case .index(let index): counts[index] += 1
            case .multi(let indices): for index in indices { counts[index] += 1 }
            }
        }
        return counts
    }
}
