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
    /// The mean cross-entropy, or binary cross-entropy for multi-label, without weights, smoothing or temperature.
    public let loss: Double
    /// How the logits were made probabilities and decisions.
    public let decision: DecisionRule
    /// The classes of the report: the classifier's, then the labels of the data that it does not know.
    public let labels: LabelMap
    /// The logits, `[examples, labels]` row by row; very low for labels that the classifier does not know.
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
    /// A logit whose probability is 0 in double precision.
    private static let impossible: Float = -10_000

    /// Evaluates on a corpus that has the classifier's classes.
    ///
    /// Labels that follow them in the corpus (`DatasetOptions.keepsUnknownLabels`) are classes that it never predicts;
    /// the loss leaves them out.
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
        let K = labels.count
        let known = dataset.examples.indices.filter { index in
            dataset.examples[index].label.indices.allSatisfy { $0 < K }
        }
        guard LabelMap(names: Array(dataset.labels.names.prefix(K))) == labels,
            dataset.problemType == problemType, problemType == .multiLabel || !known.isEmpty
        else {
            throw ClassifierError.wrongLabels(
                found: dataset.labels == labels
                    ? labels.names : Array(dataset.labels.names.drop { labels.id(of: $0) != nil }),
                expected: labels.names)
        }
        let tokenized = try tokenize(dataset.examples.map(\.text))
        let logits = try logits(tokenized, task: .evaluating, progress: progress)
        let indices = dataset.examples.map(\.label.indices)
        let padded = padded(logits, to: dataset.labels.count)
        let decision = decision.padded(to: dataset.labels.count)
        let report: ClassifierEvaluation.Report
        switch problemType {
        case .singleLabel:
            report = .singleLabel(
                try ClassificationReport(
                    logits: padded, labels: indices.map { $0[0] }, labelNames: dataset.labels.names,
                    temperature: decision.temperature, resamples: resamples, seed: seed))
        case .multiLabel:
            report = .multiLabel(
                try MultiLabelReport(
                    logits: padded, labels: indices, labelNames: dataset.labels.names,
                    thresholds: decision.thresholds, resamples: resamples, seed: seed))
        }
        return ClassifierEvaluation(
            report: report, loss: loss(logits, of: indices, known: known), decision: decision,
            labels: dataset.labels,
            logits: padded, trainedOnLines: trainingTexts?.lines(in: dataset) ?? [],
            isTruncated: tokenized.isTruncated, maxSeqLength: maxSeqLength)
    }

    /// The logits with those of further classes, which are never predicted.
    private func padded(_ logits: [Float], to count: Int) -> [Float] {
        let K = labels.count
        guard count > K else { return logits }
        let rest = [Float](repeating: Self.impossible, count: count - K)
        return stride(from: 0, to: logits.count, by: K).flatMap { logits[$0..<$0 + K] + rest }
    }

    /// The mean loss over the classifier's classes.
    ///
    /// - Parameter known: the rows that have no other class.
    private func loss(_ logits: [Float], of indices: [[Int]], known: [Int]) -> Double {
        let K = labels.count
        let targets: LossTargets
        var rows = logits
        switch problemType {
        case .singleLabel:
            targets = .classes(known.map { Int32(indices[$0][0]) })
            if known.count < indices.count { rows = known.flatMap { logits[$0 * K..<($0 + 1) * K] } }
        case .multiLabel:
            targets = .multiLabel(
                indices.flatMap { present in (0..<K).map { present.contains($0) ? 1 : 0 } })
        }
        let loss = LossFunction()
        return loss.evaluate(
            logits: rows, targets: targets, numLabels: K,
            normalizer: loss.normalizer(targets, numLabels: K)
        ).loss
    }
}
