import Inference
import TensorCore
import TransformerModels

/// What a validation comes to.
package struct ValidationScores: Sendable {
    package let loss: Double
    package let accuracy: Double
    package let macroF1: Double

    package init(loss: Double, accuracy: Double = 0, macroF1: Double = 0) {
        self.loss = loss
        self.accuracy = accuracy
        self.macroF1 = macroF1
    }
}

/// Runs the model over a whole data set without training.
struct Validation {
    let model: SequenceClassifier
    let data: TokenizedSet
    let tokenBudget: Int
    let padTokenID: Int32
    let workspace: Workspace

    /// The logits of all samples, `[N, K]` in the order of `data.indices`; nil if asked to stop.
    ///
    /// - Parameter progress: receives the progress after every micro-batch.
    func logits(shouldStop: () -> Bool, progress: (WorkProgress) -> Void = { _ in }) throws -> [Float]? {
        let K = model.numLabels
        let lengths = data.indices.map { data.sequences[$0].inputIDs.count }
        var (texts, tokens) = (0, 0)
        var logits = [Float](repeating: 0, count: data.indices.count * K)
        for part in MicroBatches.cut(lengths: lengths, tokenBudget: tokenBudget, rowLimit: .max) {
            if shouldStop() { return nil }
            let batch = model.pack(
                part.map { data.sequences[data.indices[$0]] }, padTokenID: padTokenID)
            let values = try model.logits(batch, workspace: workspace)
            for (row, sample) in part.enumerated() {
                for label in 0..<K { logits[sample * K + label] = values[row * K + label] }
            }
            texts += part.count
            tokens += batch.tokenCount
            progress(
                WorkProgress(
                    task: .validating, texts: texts, totalTexts: data.indices.count, tokens: tokens,
                    share: min(1, Double(tokens) / Double(max(1, data.tokenCount)))))
        }
        return logits
    }

    /// The scores of the logits of all samples.
    func scores(_ logits: [Float], loss: LossFunction) -> ValidationScores {
        let targets = data.targets(of: data.indices)
        let value = loss.evaluate(
            logits: logits, targets: targets, numLabels: model.numLabels,
            normalizer: loss.normalizer(targets, numLabels: model.numLabels)
        ).loss
        return ValidationScores(
            loss: value,
            accuracy: Double(targets.rightCount(logits: logits, numLabels: model.numLabels))
                / Double(max(1, data.indices.count)),
            macroF1: data.macroF1(of: data.indices, logits: logits))
    }
}
