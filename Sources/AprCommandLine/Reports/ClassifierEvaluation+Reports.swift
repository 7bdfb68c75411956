import Evaluation
import FineTuning
import Inference
import JSONCore

extension ClassifierEvaluation {
    private static let shownLines = 20

    /// The report for people.
    var text: String {
        switch report {
        case .singleLabel(let report): report.text
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
        object["trained_on_rows"] = JSONValue(trainedOnLines.count)
        object["trained_on_lines"] = .array(trainedOnLines.map { JSONValue($0) })
        object["max_seq_length"] = JSONValue(maxSeqLength)
        object["truncated"] = JSONValue(truncatedCount)
        return object
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
