import ClassificationData
import FineTuning
import Inference
import JSONCore

/// The rows of an evaluation with what they are and what the classifier takes them for, one object a line: what
/// `apr predict --json` prints, with the row's line, its true labels, and whether the two agree.
struct EvaluatedRows {
    let evaluation: ClassifierEvaluation
    let corpus: ClassifyDataset
    let classifier: Classifier

    var text: String {
        let (count, width) = (classifier.labels.count, evaluation.labels.count)
        return corpus.examples.enumerated().map { row, example in
            let prediction = classifier.prediction(
                Array(evaluation.logits[row * width..<row * width + count]),
                isTruncated: evaluation.isTruncated[row])
            var object = PredictionText(
                text: example.text, prediction: prediction, problemType: classifier.problemType,
                names: classifier.labels.names
            ).json
            object["line"] = JSONValue(example.line)
            let truth = example.label.indices
            switch classifier.problemType {
            case .singleLabel: object["true_label_name"] = .string(evaluation.labels[truth[0]])
            case .multiLabel: object["true_label_names"] = JSONValue(truth.map { evaluation.labels[$0] })
            }
            object["is_right"] = .bool(prediction.labels == truth)
            return JSONValue.object(object).encoded() + "\n"
        }.joined()
    }
}
