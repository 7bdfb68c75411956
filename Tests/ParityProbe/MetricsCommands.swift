import Evaluation
import JSONCore

/// Evaluates scores that a Python test sends, so that it can compare every metric with scikit-learn's.
///
///     parity-probe metrics logits|probabilities|multi-label [--text] < case.json
///
/// The case is `{"scores": [[…]], "labels": […], "label_names": […], "seed": …}`; the report goes to standard output.
enum MetricsCommands {
    /// Runs the command if it is one of these; false if it is not.
    static func run(_ arguments: [String]) throws -> Bool {
        guard arguments.first == "metrics", arguments.count >= 2 else { return false }
        var input = ""
        while let line = readLine(strippingNewline: false) { input += line }
        let document = try JSONParser.parse(input)
        let rows = document["scores"]?.array?.compactMap { $0.array } ?? []
        let scores = rows.flatMap { $0.compactMap(\.double) }
        let names = document["label_names"]?.array?.compactMap(\.string) ?? []
        let labels = document["labels"]?.array ?? []
        let seed = UInt64(document["seed"]?.int ?? 42)
        let asText = arguments.contains("--text")
        switch arguments[1] {
        case "multi-label":
            let report = try MultiLabelReport(
                logits: scores.map(Float.init), labels: labels.map { $0.array?.compactMap(\.int) ?? [] },
                labelNames: names)
            print(asText ? report.text : JSONValue(report.json).encoded())
        case "logits", "probabilities":
            let classes = labels.compactMap(\.int)
            let report =
                arguments[1] == "logits"
                ? try ClassificationReport(
                    logits: scores.map(Float.init), labels: classes, labelNames: names, seed: seed)
                : try ClassificationReport(
                    probabilities: scores, labels: classes, labelNames: names, seed: seed)
            print(asText ? report.text : JSONValue(report.json).encoded())
        default: return false
        }
        return true
    }
}
