import ClassificationData
import Testing

/// Reads a corpus given as text.
func load(
    _ text: String, name: String = "corpus.jsonl", options: DatasetOptions = DatasetOptions(),
    known: LabelMap? = nil
) throws -> ClassifyDataset {
    try ClassifyDataset.load(bytes: Array(text.utf8), name: name, options: options, knownLabels: known)
}

/// The bad lines of a corpus; records an issue when reading succeeds or fails otherwise.
func badLines(
    _ bytes: [UInt8], name: String = "corpus.jsonl", options: DatasetOptions = DatasetOptions(),
    known: LabelMap? = nil, sourceLocation: SourceLocation = #_sourceLocation
) -> [DatasetError.BadLine] {
    do {
        _ = try ClassifyDataset.load(bytes: bytes, name: name, options: options, knownLabels: known)
        Issue.record("the corpus was accepted", sourceLocation: sourceLocation)
    } catch DatasetError.badLines(_, let lines, _) {
        return lines
    } catch {
        Issue.record(error, sourceLocation: sourceLocation)
    }
    return []
}

func badLines(
    _ text: String, name: String = "corpus.jsonl", options: DatasetOptions = DatasetOptions(),
    known: LabelMap? = nil, sourceLocation: SourceLocation = #_sourceLocation
) -> [DatasetError.BadLine] {
    badLines(Array(text.utf8), name: name, options: options, known: known, sourceLocation: sourceLocation)
}

/// Why a corpus as a whole is refused; records an issue when it is not.
func fileProblem(
    _ bytes: [UInt8], name: String = "corpus.jsonl", options: DatasetOptions = DatasetOptions(),
    known: LabelMap? = nil, sourceLocation: SourceLocation = #_sourceLocation
) -> CorpusProblem? {
    do {
        _ = try ClassifyDataset.load(bytes: bytes, name: name, options: options, knownLabels: known)
        Issue.record("the corpus was accepted", sourceLocation: sourceLocation)
    } catch DatasetError.unusable(_, let problem) {
        return problem
    } catch {
        Issue.record(error, sourceLocation: sourceLocation)
    }
    return nil
}

func fileProblem(
    _ text: String, name: String = "corpus.jsonl", options: DatasetOptions = DatasetOptions(),
    known: LabelMap? = nil, sourceLocation: SourceLocation = #_sourceLocation
) -> CorpusProblem? {
    fileProblem(Array(text.utf8), name: name, options: options, known: known, sourceLocation: sourceLocation)
}

/// Two good lines, so that a corpus around a bad one is otherwise fine.
let goodLines = "{\"input\":\"first\",\"label\":0}\n{\"input\":\"second\",\"label\":1}\n"

/// A single-label corpus of distinct texts with these numbers of examples per class.
func corpus(_ counts: [Int], group: (Int, Int) -> String? = { _, _ in nil }) -> ClassifyDataset {
    var examples: [Example] = []
    for (label, count) in counts.enumerated() {
        for number in 0..<count {
            examples.append(
                Example(
                    text: "text \(number) of class \(label)", label: .index(label),
                    group: group(label, number),
                    line: examples.count + 1))
        }
    }
    return ClassifyDataset(
        examples: examples, labels: LabelMap(numbered: counts.count), problemType: .singleLabel)
}
