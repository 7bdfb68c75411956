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
    /// All classes.
    let names: [String]
    /// How many of the most probable classes are shown; nil for all to programs, and for those predicted to people.
    var topK: Int?

    /// The classes to be shown to programs: the most probable first when only some are, otherwise in their order.
    private var shownLabels: [Int] {
        topK.map { Array(ranked.prefix($0)) } ?? Array(names.indices)
    }

    /// The classes from the most probable to the least; equal ones in their order.
    private var ranked: [Int] {
        names.indices.sorted {
            (prediction.probabilities[$1], $0) < (prediction.probabilities[$0], $1)
        }
    }

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
        object["probabilities_by_label"] = .object(
            JSONObject(shownLabels.map { (names[$0], JSONValue(prediction.probabilities[$0])) }))
        object["logits"] = .array(prediction.logits.map { JSONValue($0) })
        object["truncated"] = JSONValue(prediction.isTruncated)
        return object
    }

    /// One line.
    ///
    /// - Parameter width: the terminal's columns.
    func line(width: Int) -> String {
        // The longest name sets the width of the column.
        let column = min(Self.labelWidth, names.map { DisplayWidth.of($0) }.max() ?? 0)
        if let topK {
            let list = ranked.prefix(topK).map { label in
                "\(DisplayWidth.fitted(names[label], to: column)) \(NumberFormat.percent(prediction.probabilities[label]))"
            }
            return
                "\(list.joined(separator: ", "))  <-  \(DisplayWidth.fitted(text, to: max(10, width / 2)))"
        }
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
