import ClassificationData
import Evaluation
import FineTuning
import Inference
import Reporting
import TextTokenization

/// The page of `apr eval --report`.
struct EvaluationReportPage {
    let evaluation: ClassifierEvaluation
    let corpus: ClassifyDataset
    /// The checkpoint as it was given.
    let checkpoint: String
    /// The data as it was given.
    let data: String
    /// Whether the page may show texts of the data.
    let hasTexts: Bool

    /// The page.
    func html(_ classifier: Classifier) -> String {
        let samples = corpus.examples.map {
            SummarySample(
                labels: $0.label.indices, text: hasTexts ? $0.text : nil, line: $0.line > 0 ? $0.line : nil)
        }
        let summary =
            switch evaluation.report {
            case .singleLabel(let report):
                EvaluationSummary(
                    report, logits: evaluation.logits, samples: samples,
                    temperature: evaluation.decision.temperature)
            case .multiLabel(let report):
                EvaluationSummary(report, logits: evaluation.logits, samples: samples)
            }
        let lengths = corpus.examples.map { classifier.tokenizer.encode($0.text, maxLength: .max).count }
        var facts: [RunFacts.Fact] = [
            .init("checkpoint", checkpoint), .init("base", classifier.baseDirectory), .init("data", data),
            .init("data hash", corpus.sourceHash), .init("apr", ProductVersion.current),
            .init("loss", NumberFormat.scientific(evaluation.loss)),
        ]
        if let warning = evaluation.overlapWarning(rows: corpus.examples.count) {
            facts.append(.init("warning", warning))
        }
        return EvaluationPage.html(
            subject: checkpoint, data: data, summary: summary,
            lengths: LengthHistogram(lengths: lengths, limit: classifier.maxSeqLength), facts: facts)
    }
}
