import ClassificationData
import Evaluation
import FineTuning
import Inference
import JSONCore

extension ClassifierEvaluation {
    private static let shownLines = 20

    /// The report for people.
    var text: String {
        switch report {
        case .singleLabel(let report):
            report.text
                + (decision.temperature == 1
                    ? ""
                    : "\nprobabilities at temperature \(NumberFormat.fixed(decision.temperature, decimals: 3)), as training tuned it; --raw leaves it out\n")
        case .multiLabel(let report): report.text
        }
    }

    /// The report for programs.
    var json: JSONObject {
        var object =
            switch report {
            case .singleLabel(let report): report.json
            case .multiLabel(let report): report.json
            }
        object["loss"] = JSONValue(loss)
        object["temperature"] = JSONValue(decision.temperature)
        object["classes_without_rows"] = JSONValue(absentClasses.map(\.label))
        object["macro_f1_of_classes_with_rows"] = macroF1OfPresent.map { JSONValue($0) } ?? .null
        object["trained_on_rows"] = JSONValue(trainedOnLines.count)
        object["trained_on_lines"] = .array(trainedOnLines.map { JSONValue($0) })
        object["max_seq_length"] = JSONValue(maxSeqLength)
        object["truncated"] = JSONValue(truncatedCount)
        return object
    }

    private var classes: [ClassScores] {
        switch report {
        case .singleLabel(let report): report.classes
        case .multiLabel(let report): report.labels
        }
    }

    private var absentClasses: [ClassScores] { classes.filter { $0.support == 0 } }

    /// The mean F1 of the classes that have rows; nil if none has.
    private var macroF1OfPresent: Double? {
        let present = classes.filter { $0.support > 0 }
        return present.isEmpty ? nil : present.reduce(0) { $0 + $1.scores.f1 } / Double(present.count)
    }

    /// What to say about classes that have no row; nil when each has some.
    var absentClassWarning: String? {
        guard !absentClasses.isEmpty, let mean = macroF1OfPresent else { return nil }
        let names = absentClasses.map(\.label)
        let present = classes.count - names.count
        return
            "no row is of \(LineProblem.listed(names)): macro averages count \(names.count == 1 ? "it" : "each") as 0, as scikit-learn does for given labels, so macro F1 is at most \(NumberFormat.fixed(Double(present) / Double(classes.count))); over the \(NumberFormat.count(present)) that \(present == 1 ? "has" : "have") rows it is \(NumberFormat.fixed(mean))"
    }

    /// What to say about rows that were trained on; nil when there are none.
    func overlapWarning(rows: Int) -> String? {
        guard !trainedOnLines.isEmpty else { return nil }
        let lines = trainedOnLines.prefix(Self.shownLines).map(String.init).joined(separator: ", ")
        let count = NumberFormat.counted(trainedOnLines.count, "row")
        return
            "\(count) of \(NumberFormat.count(rows)) were trained on, so the figures are too optimistic: line\(trainedOnLines.count == 1 ? "" : "s") \(lines)\(trainedOnLines.count > Self.shownLines ? ", …" : "")"
    }
}
