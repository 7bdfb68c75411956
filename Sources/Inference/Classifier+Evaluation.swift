public import ClassificationData
public import Evaluation
import TensorCore
import TransformerModels

/// The result of evaluating a classifier on a labelled corpus.
public struct ClassifierEvaluation: Sendable {
    /// The metrics, by problem type.
    public enum Report: Sendable {
        /// For one class per text.
        case singleLabel(ClassificationReport)
        /// For any number of classes per text.
        case multiLabel(MultiLabelReport)
    }

    /// The metrics.
    public let report: Report
    /// The mean cross-entropy, or binary cross-entropy for multi-label, without weights or smoothing.
    public let loss: Double
    /// The logits, `[examples, labels]` row by row.
    public let logits: [Float]
    /// The lines of rows whose text is known to be a training text of the classifier.
    public let trainedOnLines: [Int]
    /// Whether each text was longer than the classifier's limit and was truncated.
    public let isTruncated: [Bool]
    /// How many texts were truncated.
    public var truncatedCount: Int { isTruncated.count { $0 } }
    /// That limit, in tokens.
    public let maxSeqLength: Int
}

extension Classifier {
    /// Evaluates on a corpus that has the classifier's classes.
    ///
    /// - Parameters:
    ///   - resamples: bootstrap resamples for the intervals; 0 for none.
    ///   - seed: of the resamples.
    ///   - progress: receives the progress of the model's passes.
    /// - Throws: `ClassifierError.wrongLabels`, `EvaluationError`, or as `predict`.
    public func evaluate(
        _ dataset: ClassifyDataset, resamples: Int = 1_000, seed: UInt64 = 42,
        progress: ((WorkProgress) -> Void)? = nil
    ) throws -> ClassifierEvaluation {
        guard dataset.labels == labels, dataset.problemType == problemType else {
            throw ClassifierError.wrongLabels(found: dataset.labels.names, expected: labels.names)
        }
        let tokenized = try tokenize(dataset.examples.map(\.text))
        let logits = try logits(tokenized, task: .evaluating, progress: progress)
        let indices = dataset.examples.map(\.label.indices)
        let targets: LossTargets
        let report: ClassifierEvaluation.Report
        switch problemType {
        case .singleLabel:
            targets = .classes(indices.map { Int32($0[0]) })
            report = .singleLabel(
                try ClassificationReport(
                    logits: logits, labels: indices.map { $0[0] }, labelNames: labels.names,
                    resamples: resamples, seed: seed))
        case .multiLabel:
            targets = .multiLabel(
                indices.flatMap { present in labels.names.indices.map { present.contains($0) ? 1 : 0 } })
            report = .multiLabel(
                try MultiLabelReport(logits: logits, labels: indices, labelNames: labels.names))
        }
        let loss = LossFunction()
        let value = loss.evaluate(
            logits: logits, targets: targets, numLabels: labels.count,
            normalizer: loss.normalizer(targets, numLabels: labels.count)
        ).loss
        return ClassifierEvaluation(
            report: report, loss: value, logits: logits,
            trainedOnLines: trainingTexts?.lines(in: dataset) ?? [],
            isTruncated: tokenized.isTruncated, maxSeqLength: maxSeqLength)
    }
}
