import ClassificationData
import Evaluation
import Inference
import TensorCore
import TextTokenization
import TransformerModels

/// Examples as token ids, with their targets, ready for the model.
struct TokenizedSet: Sendable {
    /// The samples' token ids, by index in the data set; empty for samples that were not asked for.
    let sequences: [TokenSequence]
    /// The indices of the samples that were asked for.
    let indices: [Int]
    /// The number of tokens of each sample that was asked for, before cutting.
    let fullLengths: [Int]
    /// How many texts were longer than the limit.
    let truncatedCount: Int
    /// The longest sequence.
    let longest: Int
    /// The number of tokens of all samples.
    let tokenCount: Int
    private let labels: [LabelValue]
    private let numLabels: Int
    /// Whether a text has one class or any number.
    let problemType: ProblemType

    /// How many texts are tokenized between two reports.
    private static let reportInterval = 512

    /// Tokenizes the examples with these indices of a data set.
    ///
    /// - Parameter progress: receives the progress.
    /// - Throws: `ClassifierError.vocabularyMismatch` for an id the model has no embedding for.
    init(
        _ dataset: ClassifyDataset, indices: [Int], tokenizer: Tokenizer, template: TextTemplate?,
        maxLength: Int,
        vocabSize: Int,
        progress: (WorkProgress) -> Void = { _ in }
    ) throws(ClassifierError) {
        var sequences = dataset.examples.indices.map { TokenSequence(sampleID: $0, inputIDs: []) }
        var fullLengths: [Int] = []
        var (truncatedCount, longest, tokenCount) = (0, 0, 0)
        for (done, index) in indices.enumerated() {
            if done > 0, done % Self.reportInterval == 0 {
                progress(
                    WorkProgress(
                        task: .tokenizing, texts: done, totalTexts: indices.count, tokens: tokenCount,
                        share: Double(done) / Double(indices.count)))
            }
            let text = template?.applied(to: dataset.examples[index].text) ?? dataset.examples[index].text
            // A limit that no text reaches overrides the one in the tokenizer file.
            var ids = tokenizer.encode(text, maxLength: .max)
            fullLengths.append(ids.count)
            if ids.count > maxLength {
                truncatedCount += 1
                ids = tokenizer.encode(text, maxLength: maxLength)
            }
            if let id = ids.first(where: { !(0..<Int32(vocabSize)).contains($0) }) {
                throw ClassifierError.vocabularyMismatch(id: Int(id), vocabSize: vocabSize)
            }
            longest = max(longest, ids.count)
            tokenCount += ids.count
            sequences[index] = TokenSequence(sampleID: index, inputIDs: ids)
        }
        self.sequences = sequences
        self.indices = indices
        self.fullLengths = fullLengths
        self.truncatedCount = truncatedCount
        self.longest = longest
        self.tokenCount = tokenCount
        labels = dataset.examples.map(\.label)
        numLabels = dataset.labels.count
        problemType = dataset.problemType
    }

    /// The classes of the samples with these indices, in this order.
    func labelIndices(of indices: [Int]) -> [[Int]] { indices.map { labels[$0].indices } }

    /// The targets of the samples with these indices, in this order.
    func targets(of indices: [Int]) -> LossTargets {
        switch problemType {
        case .singleLabel: .classes(indices.map { Int32(labels[$0].indices[0]) })
        case .multiLabel: .multiLabel(indices.flatMap { Self.flags(labels[$0].indices, count: numLabels) })
        }
    }

    /// The unweighted mean of the classes' F1, classes that do not occur counting as 0.
    func macroF1(of indices: [Int], logits: [Float]) -> Double {
        var truePositives = [Int](repeating: 0, count: numLabels)
        var (support, predicted) = (truePositives, truePositives)
        for (row, index) in indices.enumerated() {
            let scores = logits[row * numLabels..<(row + 1) * numLabels]
            let guesses =
                problemType == .singleLabel
                ? [Self.largest(scores)] : scores.enumerated().filter { $0.element >= 0 }.map(\.offset)
            for label in labels[index].indices { support[label] += 1 }
            for label in guesses {
                predicted[label] += 1
                if labels[index].indices.contains(label) { truePositives[label] += 1 }
            }
        }
        return ClassTally.macroF1(truePositives: truePositives, support: support, predicted: predicted)
    }

    private static func flags(_ indices: [Int], count: Int) -> [Float] {
        var flags = [Float](repeating: 0, count: count)
        for index in indices { flags[index] = 1 }
        return flags
    }

    private static func largest(_ scores: ArraySlice<Float>) -> Int {
        var best = scores.startIndex
        for index in scores.indices where scores[index] > scores[best] { best = index }
        return best - scores.startIndex
    }
}
