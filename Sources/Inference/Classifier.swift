public import ClassificationData
public import Diagnostics
public import Evaluation
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
    /// How its logits become probabilities and decisions; that of its training unless `deciding(by:)` made another.
    public let decision: DecisionRule
    /// The directory of the base model that was found.
    public let baseDirectory: String
    /// The hashes of the training texts, if the checkpoint has its training state or stands in its run beside a
    /// checkpoint that has one.
    public var trainingTexts: TrainingTexts? {
        ownTrainingTexts ?? checkpoint.flatMap { TrainingTexts(runOf: $0) }
    }

    package let settings: InferenceSettings
    package let model: SequenceClassifier
    package let tokenizerSource: ClassifierTokenizer
    package var padToken: PadToken { tokenizerSource.padToken }
    /// The most tokens in a pass, unless a single text is longer.
    package let tokenBudget: Int
    private let ownTrainingTexts: TrainingTexts?
    /// The directory of the checkpoint; nil for a model that is none.
    private let checkpoint: String?
    /// Scratch memory that no prediction is using.
    let workspaces = Locked<[Workspace]>([])

    package init(
        model: SequenceClassifier, labels: LabelMap, problemType: ProblemType,
        tokenizer: ClassifierTokenizer, maxSeqLength: Int, template: TextTemplate? = nil, tokenBudget: Int?,
        trainingTexts: TrainingTexts?, checkpoint: String? = nil,
        settings: InferenceSettings = InferenceSettings(), decision: DecisionRule = .untuned
    ) {
        self.settings = settings
        self.decision = decision
        self.model = model
        self.labels = labels
        self.problemType = problemType
        self.tokenizer = tokenizer.tokenizer
        tokenizerSource = tokenizer
        self.maxSeqLength = maxSeqLength
        self.template = template
        self.tokenBudget =
            tokenBudget ?? model.backend.predictionTokenBudget(for: model.shape(hasDropout: false))
        ownTrainingTexts = trainingTexts
        self.checkpoint = checkpoint
        baseDirectory = model.base.directory
    }

    /// The same classifier with another rule for its decisions.
    public func deciding(by rule: DecisionRule) -> Classifier {
        Classifier(
            model: model, labels: labels, problemType: problemType, tokenizer: tokenizerSource,
            maxSeqLength: maxSeqLength, template: template, tokenBudget: tokenBudget,
            trainingTexts: ownTrainingTexts, checkpoint: checkpoint, settings: settings, decision: rule)
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
        let tokenized = try tokenize(texts)
        let logits = try logits(tokenized, task: .predicting, progress: progress)
        return texts.indices.map {
            prediction(
                Array(logits[$0 * labels.count..<($0 + 1) * labels.count]),
                isTruncated: tokenized.isTruncated[$0])
        }
    }

    /// The logits of texts, `[texts, labels]` row by row.
    ///
    /// - Throws: as `predict`.
    public func logits(_ texts: [String]) throws -> [Float] {
        try logits(tokenize(texts), task: .predicting, progress: nil)
    }

    package func logits(
        _ tokenized: TokenizedTexts, task: WorkProgress.Task, progress: ((WorkProgress) -> Void)?
    ) throws -> [Float] {
        let K = labels.count
        let total = tokenized.sequences.count
        var (textsDone, tokensDone) = (0, 0)
        var logits = [Float](repeating: 0, count: total * K)
        for batch in batches(tokenized.sequences) {
            let values = try self.logits(of: batch.packed)
            for (row, index) in batch.indices.enumerated() {
                for label in 0..<K { logits[index * K + label] = values[row * K + label] }
            }
            textsDone += batch.indices.count
            tokensDone += batch.packed.tokenCount
            progress?(
                WorkProgress(
                    task: task, texts: textsDone, totalTexts: total, tokens: tokensDone,
                    share: min(1, Double(tokensDone) / Double(max(1, tokenized.tokenCount)))))
        }
        return logits
    }

    /// What to say about texts that were truncated; nil if there are none.
    public func truncationWarning(count: Int, of total: Int) -> Message? {
        guard count > 0 else { return nil }
        let limit = model.base.config.maxPositionEmbeddings
        let remedy: Message =
            maxSeqLength < limit
            ? "raise \(setting: .maxSeqLength) (the base reads up to \(limit)) to use all of them"
            : "the base reads no more"
        return
            "\(count) of \(total) texts are longer than \(maxSeqLength) tokens and were truncated\(tokenizerSource.dropsLeft ? " at the beginning" : ""); \(remedy)"
    }
}

/// A classifier's prediction for one text.
public struct Prediction: Sendable, Hashable {
    /// The classes predicted: the most probable one, or for multi-label every one whose probability reaches its
    /// threshold, ascending.
    public let labels: [Int]
    /// Their names.
    public let labelNames: [String]
    /// The probability of each class, by index: a softmax at the classifier's temperature, or for multi-label one
    /// logistic function each.
    public let probabilities: [Double]
    /// The logit of each class, by index.
    public let logits: [Float]
    /// Whether the text was longer than the classifier's limit, so that the model read only a part of it.
    public let isTruncated: Bool

    /// The most probable class, the first of equals.
    public var label: Int { Probabilities.argmax(probabilities) }
}
