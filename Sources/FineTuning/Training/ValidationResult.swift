import ClassificationData
import Evaluation
import JSONCore
import Platform
import TensorCore

/// A validation in full: made into a report when somebody wants it, which a checkpoint does beside training.
final class ValidationResult: Sendable {
    /// So many resamples cost less than a validation does.
    private static let resamples = 1_000
    private static let largestResampled = 20_000

    /// The step it was made at.
    let step: Int
    private let logits: [Float]
    private let data: TokenizedSet?
    private let labels: LabelMap?
    private let made: Locked<JSONObject?>

    /// The logits, `[N, K]` in the order of `data.indices`.
    init(step: Int, logits: [Float], data: TokenizedSet, labels: LabelMap) {
        self.step = step
        self.logits = logits
        self.data = data
        self.labels = labels
        made = Locked(nil)
    }

    /// What a checkpoint kept.
    init(step: Int, report: JSONObject) {
        self.step = step
        logits = []
        data = nil
        labels = nil
        made = Locked(report)
    }

    /// The figures as `apr eval --json` gives them; nil where they cannot be had, as for a single class.
    var report: JSONObject? {
        made.withLock { made in
            if made == nil { made = makeReport() }
            return made
        }
    }

    private func makeReport() -> JSONObject? {
        guard let data, let labels else { return nil }
        let truth = data.labelIndices(of: data.indices)
        // A model that has gone wrong has no report; the validation itself says so.
        switch data.problemType {
        case .singleLabel:
            return try? ClassificationReport(
                logits: logits, labels: truth.map { $0[0] }, labelNames: labels.names,
                resamples: truth.count <= Self.largestResampled ? Self.resamples : 0
            ).json
        case .multiLabel:
            return try? MultiLabelReport(logits: logits, labels: truth, labelNames: labels.names).json
        }
    }
}
