import Baselines
import Evaluation
import JSONCore

/// Evaluates scores that a Python test sends, so that it can compare every metric with scikit-learn's.
///
///     parity-probe metrics logits|probabilities|multi-label [--text] < case.json
///
/// The case is `{"scores": [[…]], "labels": […], "label_names": […], "seed": …}`, for multi-label also with
/// `"thresholds"` and `"resamples"`; the report goes to standard output.
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
                labelNames: names, thresholds: document["thresholds"]?.array?.compactMap(\.double),
                resamples: document["resamples"]?.int ?? 1_000, seed: seed)
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

/// Fits TF-IDF and logistic regression to what a Python test sends, so that it can compare them with scikit-learn's.
///
///     parity-probe baseline [--multi-label] < case.json
///
/// The case is `{"texts": […], "labels": [[…]], "classes": …, "test_texts": […]}`, with `"products"` and `"weights"` to
/// limit the work; with `"states"` and `"test_states"`, lists of numbers, instead of texts it is the linear probe. The
/// number of rows learnt from, probabilities and predictions go to standard output.
enum BaselineCommand {
    /// Runs the command if it is this one; false if it is not.
    static func run(_ arguments: [String]) throws -> Bool {
        guard arguments.first == "baseline" else { return false }
        var input = ""
        while let line = readLine(strippingNewline: false) { input += line }
        let document = try JSONParser.parse(input)
        var limits = TextBaseline.Limits()
        if let products = document["products"]?.int { limits.products = products }
        if let weights = document["weights"]?.int { limits.weights = weights }
        let classes = document["classes"]?.int ?? 0
        if let states = document["states"]?.array {
            print(
                probe(states, document, classes: classes, isMultiLabel: arguments.contains("--multi-label")))
            return true
        }
        let baseline = TextBaseline(
            texts: document["texts"]?.array?.compactMap(\.string) ?? [],
            labels: (document["labels"]?.array ?? []).map { $0.array?.compactMap(\.int) ?? [] },
            classCount: classes, isMultiLabel: arguments.contains("--multi-label"), limits: limits)
        let texts = document["test_texts"]?.array?.compactMap(\.string) ?? []
        guard let baseline else {
            print("null")
            return true
        }
        let probabilities = baseline.probabilities(of: texts)
        print(
            JSONValue.object([
                "rows": JSONValue(baseline.rowCount),
                "probabilities": .array(
                    texts.indices.map { row in
                        .array((0..<classes).map { JSONValue(probabilities[row * classes + $0]) })
                    }),
                "predictions": .array(
                    baseline.predictions(for: texts).map { .array($0.map { JSONValue($0) }) }),
            ]).encoded())
        return true
    }

    private static func probe(
        _ states: [JSONValue], _ document: JSONValue, classes: Int, isMultiLabel: Bool
    ) -> String {
        func numbers(_ rows: [JSONValue]) -> [Float] {
            rows.flatMap { ($0.array ?? []).compactMap(\.double).map(Float.init) }
        }
        let tests = document["test_states"]?.array ?? []
        guard
            let probe = LinearProbe(
                states: numbers(states), size: states.first?.array?.count ?? 0,
                labels: (document["labels"]?.array ?? []).map { $0.array?.compactMap(\.int) ?? [] },
                classCount: classes, isMultiLabel: isMultiLabel)
        else { return "null" }
        let probabilities = probe.probabilities(of: numbers(tests))
        return JSONValue.object([
            "rows": JSONValue(probe.rowCount),
            "probabilities": .array(
                tests.indices.map { row in
                    .array((0..<classes).map { JSONValue(probabilities[row * classes + $0]) })
                }),
            "predictions": .array(
                probe.predictions(for: numbers(tests)).map { .array($0.map { JSONValue($0) }) }),
        ]).encoded()
    }
}
