import ClassificationData
import Evaluation
import JSONCore
import Platform
import TensorCore

/// The full result of a validation. The report is made on first use, in the background when a checkpoint is written.
final class ValidationResult: Sendable {
    /// This many resamples cost less than a validation.
    private static let resamples = 1_000
    private static let largestResampled = 20_000

    /// The step it was made at.
    let step: Int
    private let logits: [Float]
    private let data: TokenizedSet?
    private let labels: LabelMap?
    private let made: Locked<JSONObject?>
    private let tuned: Locked<JSONObject?>

    /// The logits, `[N, K]` in the order of `data.indices`.
    init(step: Int, logits: [Float], data: TokenizedSet, labels: LabelMap) {
        self.step = step
        self.logits = logits
        self.data = data
        self.labels = labels
        made = Locked(nil)
        tuned = Locked(nil)
    }

    /// A result that a checkpoint kept.
    init(step: Int, report: JSONObject, decision: JSONObject?) {
        self.step = step
        logits = []
        data = nil
        labels = nil
        made = Locked(report)
        tuned = Locked(decision)
    }

    /// The temperature or the thresholds for these predictions; nil where there are too few rows.
    ///
    /// The report is that of the predictions before they are applied, so that it does not flatter them.
    var decision: JSONObject? {
        tuned.withLock { tuned in
            if tuned == nil, let data, let labels {
                tuned =
                    DecisionTuning(
                        logits: logits, labels: data.labelIndices(of: data.indices), classCount: labels.count,
                        isMultiLabel: data.problemType == .multiLabel)?.json
            }
            return tuned
        }
    }

    /// The metrics as `apr eval --json` reports them; nil if they are undefined, as for a single class.
    var report: JSONObject? {
        made.withLock { made in
            if made == nil { made = makeReport() }
            return made
        }
    }

    private func makeReport() -> JSONObject? {
        guard let data, let labels else { return nil }
        let truth = data.labelIndices(of: data.indices)
        // A diverged model has no report; the validation itself reports the divergence.
        switch data.problemType {
        case .singleLabel:
            return try? ClassificationReport(
                logits: logits, labels: truth.map { $0[0] }, labelNames: labels.names,
                resamples: truth.count <= Self.largestResampled ? Self.resamples : 0
            ).json
        case .multiLabel:
            return try? MultiLabelReport(
                logits: logits, labels: truth, labelNames: labels.names,
                resamples: truth.count <= Self.largestResampled ? Self.resamples : 0
            ).json
        }
    }
}
