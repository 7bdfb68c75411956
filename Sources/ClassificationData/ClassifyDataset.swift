import Diagnostics

/// A labelled corpus in memory, in the order of its file.
public struct ClassifyDataset: Sendable {
    /// The examples in file order.
    public let examples: [Example]
    /// The classes.
    public let labels: LabelMap
    /// Whether an example has one class or any number.
    public let problemType: ProblemType
    /// The hash of the content, as "sha256:…": see `ContentHash`.
    public let sourceHash: String
    /// Where it was read from; nil if it was made in memory or read from standard input.
    public internal(set) var source: CorpusSource?
    /// How the rows of its file were read, where that was said.
    package internal(set) var layout = RowLayout()
    /// Warnings for the user.
    public let warnings: [DataWarning]

    /// For each example, the first eight bytes of its text's SHA-256: equal texts are found by it.
    let textKeys: [UInt64]
    /// Indices of the examples in an order that does not depend on the order of the file: by text, label, group, line.
    let canonicalOrder: [Int]

    /// A corpus made in memory.
    ///
    /// - Precondition: every label is a class of `labels` and has the form of `problemType`.
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
        let review = DataReview.warnings(
            examples: examples, labels: labels, textKeys: textKeys, order: canonicalOrder)
        // Missing numbers are classes without examples, said better.
        let namesMissing = readerWarnings.contains { if case .missingNumbers = $0 { true } else { false } }
        warnings =
            readerWarnings
            + review.filter { warning in
                if namesMissing, case .classesWithoutExamples = warning { false } else { true }
            }
    }

    /// A hash of the order in which the file has the examples: "sha256:…". Equal contents have equal hashes only in the
    /// same order; which of two equal rows comes first does not count.
    package var orderHash: String { ContentHash.hash(examples, order: Array(examples.indices)) }

    /// How many examples have each class, by index; an example with several classes counts for each.
    public var classCounts: [Int] { classCounts(of: examples.indices) }

    /// How many of the examples with these indices have each class.
    public func classCounts(of indices: some Sequence<Int>) -> [Int] {
        var counts = [Int](repeating: 0, count: labels.count)
        for index in indices {
            switch examples[index].label {
            case .index(let label): counts[label] += 1
            case .multi(let labels): for label in labels { counts[label] += 1 }
            }
        }
        return counts
    }
}

extension ClassifyDataset {
    /// Reads a labelled corpus.
    ///
    /// - Parameters:
    ///   - path: a `.csv`, `.tsv` or JSON file, which gzip may have packed, or `-` for standard input (JSON lines unless `format` says
    ///     otherwise).
    ///   - options: the layout.
    ///   - knownLabels: the classes of an existing model; the corpus may then have any subset of them, even a single
    ///     one.
    /// - Throws: `DatasetError` naming the bad lines (the first 20), or the reason why the corpus cannot be used.
    public static func load(
        path: String, options: DatasetOptions = DatasetOptions(), knownLabels: LabelMap? = nil
    ) throws(DatasetError) -> ClassifyDataset {
        let input = try CorpusInput(path: path, options: options)
        var dataset = try load(input, options: options, knownLabels: knownLabels)
        dataset.source = CorpusSource(path: path, options: options)
        dataset.layout = RowLayout(options)
        return dataset
    }

    /// Reads a labelled corpus from memory.
    ///
    /// - Parameters:
    ///   - bytes: the content of a file.
    ///   - name: the corpus's name in errors; its extension decides the format if `options` does not.
    ///   - options: the layout.
    ///   - knownLabels: the classes of an existing model.
    /// - Throws: `DatasetError` as for a file.
    public static func load(
        bytes: [UInt8], name: String, options: DatasetOptions = DatasetOptions(), knownLabels: LabelMap? = nil
    ) throws(DatasetError) -> ClassifyDataset {
        try load(
            CorpusInput(bytes: bytes, name: name, options: options), options: options,
            knownLabels: knownLabels)
    }

    private static func load(
        _ input: CorpusInput, options: DatasetOptions, knownLabels: LabelMap?
    ) throws(DatasetError) -> ClassifyDataset {
        let known = try classes(options: options, knownLabels: knownLabels)
        let rows = try input.rows(options: options, labelled: true)
        let outcome = LabelResolver(rows: rows, options: options, known: known).resolve()
        let badLines = rows.badLines.merged(with: outcome.badLines)
        guard badLines.count == 0 else {
            throw .badLines(source: input.name, lines: badLines.first, count: badLines.count)
        }
        guard !rows.rows.isEmpty else { throw .unusable(source: .named(input.name), problem: .noExamples) }
        if let problem = outcome.problem { throw .unusable(source: .named(input.name), problem: problem) }
        if knownLabels == nil, let problem = obstacle(to: outcome) {
            throw .unusable(source: .named(input.name), problem: problem)
        }
        return ClassifyDataset(
            examples: outcome.examples, labels: outcome.labels, problemType: outcome.problemType,
            readerWarnings: rows.warnings + outcome.warnings)
    }

    /// The classes that are known before the file is read.
    private static func classes(
        options: DatasetOptions, knownLabels: LabelMap?
    ) throws(DatasetError) -> LabelMap? {
        guard let names = options.labels else { return knownLabels }
        guard let given = LabelMap(names: names), given.count > 0, given.count <= LabelMap.maximumCount else {
            throw .unusable(source: .setting(.labels), problem: .labelNames(names))
        }
        if let knownLabels, knownLabels != given {
            throw .unusable(
                source: .setting(.labels), problem: .labelsDiffer(given: names, known: knownLabels.names))
        }
        return given
    }

    /// Why a classifier cannot be trained on these rows.
    private static func obstacle(to outcome: LabelResolver.Outcome) -> CorpusProblem? {
        switch outcome.problemType {
        case .multiLabel:
            return outcome.examples.contains { !$0.label.indices.isEmpty } ? nil : .noClass
        case .singleLabel:
            let first = outcome.examples[0].label.indices[0]
            guard outcome.examples.contains(where: { $0.label != .index(first) }) else {
                return .singleClass(outcome.labels[first])
            }
            guard outcome.examples.count >= outcome.labels.count || outcome.hasGaps else {
                return .fewerExamplesThanClasses(
                    examples: outcome.examples.count, classes: outcome.labels.count)
            }
            return nil
        }
    }
}
