public import ClassificationData
import Evaluation
import Platform
import TensorCore
public import TextTokenization
import TransformerModels

/// A trained text classifier.
///
/// ```swift
/// let classifier = try Classifier.load("./checkpoints/best", backend: Device.auto.makeBackend())
/// let prediction = try classifier.predict(["rm -rf $dir"])[0]
/// ```
///
/// It never changes after loading and may be used from several tasks at once.
public final class Classifier: Sendable {
    /// The classes.
    public let labels: LabelMap
    /// Whether a text has one class or any number.
    public let problemType: ProblemType
    /// The tokenizer.
    public let tokenizer: Tokenizer
    /// Texts are cut to so many tokens.
    public let maxSeqLength: Int
    /// The directory of the base model that was found.
    public let baseDirectory: String
    /// The texts the classifier was trained on, as hashes, when its checkpoint still has its training state.
    public let trainingTexts: TrainTestOverlap?

    let model: SequenceClassifier
    let padToken: PadToken
    private let tokenBudget: Int
    /// Scratch memory that no prediction is using.
    private let workspaces = Locked<[Workspace]>([])

    init(
        model: SequenceClassifier, labels: LabelMap, problemType: ProblemType, tokenizer: Tokenizer,
        padToken: PadToken, maxSeqLength: Int, tokenBudget: Int, trainingTexts: TrainTestOverlap?
    ) {
        self.model = model
        self.labels = labels
        self.problemType = problemType
        self.tokenizer = tokenizer.withoutTruncationAndPadding()
        self.padToken = padToken
        self.maxSeqLength = maxSeqLength
        self.tokenBudget = tokenBudget
        self.trainingTexts = trainingTexts
        baseDirectory = model.base.directory
    }

    /// Classifies texts, in their order.
    ///
    /// - Parameter progress: learns how far it has come, after every stretch of texts.
    /// - Throws: `TrainingError.vocabularyMismatch` or what the backend throws.
    public func predict(
        _ texts: [String], progress: ((WorkProgress) -> Void)? = nil
    ) throws -> [Prediction] {
        let K = labels.count
        let logits = try logits(texts, task: .predicting, progress: progress)
        return texts.indices.map { prediction(Array(logits[$0 * K..<($0 + 1) * K])) }
    }

    /// The logits of texts, `[texts, labels]` row by row.
    ///
    /// - Throws: as `predict`.
    public func logits(_ texts: [String]) throws -> [Float] {
        try logits(texts, task: .predicting, progress: nil)
    }

    func logits(
        _ texts: [String], task: WorkProgress.Task, progress: ((WorkProgress) -> Void)?
    ) throws -> [Float] {
        let K = labels.count
        let sequences = try texts.enumerated().map { place, text in
            TokenSequence(sampleID: place, inputIDs: try ids(text))
        }
        let totalTokens = sequences.reduce(0) { $0 + max(1, $1.inputIDs.count) }
        var (textsDone, tokensDone) = (0, 0)
        var logits = [Float](repeating: 0, count: texts.count * K)
        let workspace = workspaces.withLock { $0.popLast() } ?? model.backend.makeWorkspace()
        defer { workspaces.withLock { $0.append(workspace) } }
        for part in MicroBatches.cut(
            lengths: sequences.map(\.inputIDs.count), tokenBudget: tokenBudget, rowLimit: .max)
        {
            let batch = model.pack(part.map { sequences[$0] }, padTokenID: padToken.id)
            let values = try model.logits(batch, workspace: workspace)
            for (row, place) in part.enumerated() {
                for label in 0..<K { logits[place * K + label] = values[row * K + label] }
            }
            textsDone += part.count
            tokensDone += batch.tokenCount
            progress?(
                WorkProgress(
                    task: task, texts: textsDone, totalTexts: texts.count, tokens: tokensDone,
                    share: min(1, Double(tokensDone) / Double(max(1, totalTokens)))))
        }
        return logits
    }

    private func ids(_ text: String) throws(TrainingError) -> [Int32] {
        let ids = tokenizer.encode(text, maxLength: maxSeqLength)
        let size = model.base.config.vocabSize
        if let id = ids.first(where: { !(0..<Int32(size)).contains($0) }) {
            throw .vocabularyMismatch(id: Int(id), vocabSize: size)
        }
        return ids
    }

    private func prediction(_ logits: [Float]) -> Prediction {
        switch problemType {
        case .singleLabel:
            let probabilities = Probabilities.softmax(logits)
            let label = Probabilities.argmax(probabilities)
            return Prediction(
                labels: [label], labelNames: [labels[label]], probabilities: probabilities, logits: logits)
        case .multiLabel:
            let probabilities = logits.map { Probabilities.sigmoid($0) }
            let chosen = probabilities.indices.filter { probabilities[$0] >= 0.5 }
            return Prediction(
                labels: chosen, labelNames: chosen.map { labels[$0] }, probabilities: probabilities,
                logits: logits)
        }
    }
}
