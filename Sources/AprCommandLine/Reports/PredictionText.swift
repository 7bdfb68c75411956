import ClassificationData
import Evaluation
import FineTuning
import Inference
import JSONCore

/// One prediction, for people and for programs.
struct PredictionText {
    private static let labelWidth = 28

    let text: String
    let prediction: Prediction
    let problemType: ProblemType

    /// One object.
    var json: JSONObject {
        var object: JSONObject = ["schema_version": 1, "input": .string(text)]
        switch problemType {
        case .singleLabel:
            object["label"] = JSONValue(prediction.label)
            object["label_name"] = JSONValue(prediction.labelNames[0])
        case .multiLabel:
            object["labels"] = .array(prediction.labels.map { JSONValue($0) })
            object["label_names"] = JSONValue(prediction.labelNames)
        }
        object["probabilities"] = .array(prediction.probabilities.map { JSONValue($0) })
        object["logits"] = .array(prediction.logits.map { JSONValue($0) })
        object["truncated"] = JSONValue(prediction.isTruncated)
        return object
    }

    /// One line.
    ///
    /// - Parameters:
    ///   - names: all classes; the longest sets the width of the column.
    ///   - width: the terminal's columns.
    func line(names: [String], width: Int) -> String {
        let column = min(Self.labelWidth, names.map { DisplayWidth.of($0) }.max() ?? 0)
        switch problemType {
        case .singleLabel:
            let name = DisplayWidth.left(DisplayWidth.fitted(prediction.labelNames[0], to: column), column)
            let share = NumberFormat.percent(prediction.probabilities[prediction.label])
            return
                "\(name)  \(DisplayWidth.right(share, 7))  \(DisplayWidth.fitted(text, to: max(10, width - column - 11)))"
        case .multiLabel:
            let named = prediction.labels.map { label in
                "\(DisplayWidth.fitted(names[label], to: column)) \(NumberFormat.percent(prediction.probabilities[label]))"
            }
            let list = named.isEmpty ? "(none)" : named.joined(separator: ", ")
            return "\(DisplayWidth.fitted(text, to: max(10, width / 2)))  ->  \(list)"
        }
    }
}
