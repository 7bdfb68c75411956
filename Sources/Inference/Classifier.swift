public import ClassificationData
import Evaluation
import Platform
import TensorCore
public import TextTokenization
package import TransformerModels

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
    /// Texts are truncated to this many tokens.
    public let maxSeqLength: Int
    /// Words around every text, which prediction adds; texts are truncated with them.
    public let template: TextTemplate?
    /// The directory of the base model that was found.
    public let baseDirectory: String
    /// The hashes of the training texts, if the checkpoint still has its training state.
    public let trainingTexts: TrainingTexts?

    package let model: SequenceClassifier
    package let padToken: PadToken
    let tokenBudget: Int
    /// Scratch memory that no prediction is using.
    let workspaces = Locked<[Workspace]>([])

    package init(
        model: SequenceClassifier, labels: LabelMap, problemType: ProblemType, tokenizer: Tokenizer,
        padToken: PadToken, maxSeqLength: Int, template: TextTemplate? = nil, tokenBudget: Int?,
        trainingTexts: TrainingTexts?
    ) {
        self.model = model
        self.labels = labels
        self.problemType = problemType
        self.tokenizer = tokenizer.withoutTruncationAndPadding()
        self.padToken = padToken
        self.maxSeqLength = maxSeqLength
        self.template = template
        self.tokenBudget =
            tokenBudget ?? model.backend.predictionTokenBudget(for: model.shape(hasDropout: false))
        self.trainingTexts = trainingTexts
        baseDirectory = model.base.directory
    }

    /// The default limit of tokens to which texts are truncated.
    public static let defaultMaxSeqLength = 512

    /// Classifies texts, in their order: `tokenize`, `batches` and `logits(of:)` one after another.
    ///
    /// - Parameter progress: receives the progress after every batch.
    /// - Throws: `ClassifierError.vocabularyMismatch` or what the backend throws.
    public func predict(
        _ texts: [String], progress: ((WorkProgress) -> Void)? = nil
    ) throws -> [Prediction] {
        let logits = try logits(texts, task: .predicting, progress: progress)
        return texts.indices.map { prediction(Array(logits[$0 * labels.count..<($0 + 1) * labels.count])) }
    }

    /// The logits of texts, `[texts, labels]` row by row.
    ///
    /// - Throws: as `predict`.
    public func logits(_ texts: [String]) throws -> [Float] {
        try logits(texts, task: .predicting, progress: nil)
    }

    package func logits(
        _ texts: [String], task: WorkProgress.Task, progress: ((WorkProgress) -> Void)?
    ) throws -> [Float] {
        let K = labels.count
        let tokenized = try tokenize(texts)
        var (textsDone, tokensDone) = (0, 0)
        var logits = [Float](repeating: 0, count: texts.count * K)
        for batch in batches(tokenized.sequences) {
            let values = try self.logits(of: batch.packed)
            for (row, index) in batch.indices.enumerated() {
                for label in 0..<K { logits[index * K + label] = values[row * K + label] }
            }
            textsDone += batch.indices.count
            tokensDone += batch.packed.tokenCount
            progress?(
                WorkProgress(
                    task: task, texts: textsDone, totalTexts: texts.count, tokens: tokensDone,
                    share: min(1, Double(tokensDone) / Double(max(1, tokenized.tokenCount)))))
        }
        return logits
    }

}

/// A classifier's prediction for one text.
public struct Prediction: Sendable, Hashable {
    /// The classes predicted: the most probable one, or for multi-label every one with a probability of at least
    /// one half, ascending.
    public let labels: [Int]
    /// Their names.
    public let labelNames: [String]
    /// The probability of each class, by index: a softmax, or for multi-label one logistic function each.
    public let probabilities: [Double]
    /// The logit of each class, by index.
    public let logits: [Float]

    /// The most probable class, the first of equals.
    public var label: Int { Probabilities.argmax(probabilities) }
}
