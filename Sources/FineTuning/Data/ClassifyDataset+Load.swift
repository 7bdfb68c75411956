import Diagnostics

extension ClassifyDataset {
    /// Reads a labelled corpus.
    ///
    /// - Parameters:
    ///   - path: a `.csv`, `.tsv` or JSON-lines file, or `-` for standard input (JSON lines unless `format` says
    ///     otherwise).
    ///   - options: the layout.
    ///   - knownLabels: the classes of an existing model; then any selection of them may occur, down to one.
    /// - Throws: `DatasetError` naming every bad line (the first 20), or why the whole cannot be used.
    public static func load(
        path: String, options: DatasetOptions = DatasetOptions(), knownLabels: LabelMap? = nil
    ) throws(DatasetError) -> ClassifyDataset {
        let input = try CorpusInput(path: path, options: options)
        var dataset = try load(input, options: options, knownLabels: knownLabels)
        dataset.source = CorpusSource(path: path, options: options)
        return dataset
    }

    /// Reads a labelled corpus from memory.
    ///
    /// - Parameters:
    ///   - bytes: the content of a file.
    ///   - name: what errors call it; its extension decides the format where `options` does not.
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
        let (rows, hadByteOrderMark) = try input.rows(options: options, labelled: true)
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
            readerWarnings: hadByteOrderMark ? [.byteOrderMark] : [])
    }

    /// The classes that are settled before the file is read.
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
            guard outcome.examples.count >= outcome.labels.count else {
                return .fewerExamplesThanClasses(
                    examples: outcome.examples.count, classes: outcome.labels.count)
            }
            return nil
        }
    }
}

/// One text without a label, for prediction.
public struct UnlabelledText: Sendable, Hashable {
    /// The text as it stood in the file.
    public let text: String
    /// The line of the file it starts on, from 1.
    public let line: Int

    /// Reads the texts of a file, or of standard input for `-`; labels may be there and are not looked at.
    ///
    /// - Throws: `DatasetError` as for a corpus; a file without rows gives an empty array.
    public static func load(
        path: String, options: DatasetOptions = DatasetOptions()
    ) throws(DatasetError) -> [UnlabelledText] {
        try load(CorpusInput(path: path, options: options), options: options)
    }

    /// Reads the texts of a file that is in memory.
    public static func load(
        bytes: [UInt8], name: String, options: DatasetOptions = DatasetOptions()
    ) throws(DatasetError) -> [UnlabelledText] {
        try load(CorpusInput(bytes: bytes, name: name, options: options), options: options)
    }

    private static func load(
        _ input: CorpusInput, options: DatasetOptions
    ) throws(DatasetError) -> [UnlabelledText] {
        let rows = try input.rows(options: options, labelled: false).rows
        guard rows.badLines.count == 0 else {
            throw .badLines(source: input.name, lines: rows.badLines.first, count: rows.badLines.count)
        }
        return rows.rows.map { UnlabelledText(text: $0.text, line: $0.line) }
    }
}

/// A corpus file that has been opened.
private struct CorpusInput {
    let name: String
    let source: ByteSource
    let format: DatasetOptions.Format

    init(path: String, options: DatasetOptions) throws(DatasetError) {
        guard path != "-" else {
            name = "standard input"
            source = .standardInput
            format = options.format ?? .jsonl
            return
        }
        do {
            source = try .file(path)
        } catch {
            throw .unreadable(source: path, operation: error.operation, code: error.code)
        }
        name = path
        format = options.format(of: path)
    }

    init(bytes: [UInt8], name: String, options: DatasetOptions) {
        self.name = name
        source = ByteSource(bytes)
        format = options.format(of: name)
    }

    func rows(options: DatasetOptions, labelled: Bool) throws(DatasetError) -> (
        rows: RowCollector, hadByteOrderMark: Bool
    ) {
        try CorpusReader.read(source, name: name, options: options, format: format, labelled: labelled)
    }
}
