import JSONCore

extension ModelCard {
    /// The metadata that the Hub reads, in YAML.
    var frontMatter: String {
        var lines = [
            "---", "library_name: \(references.isMerged ? "transformers" : "peft")",
            "pipeline_tag: text-classification",
        ]
        if let id = references.baseID {
            lines += [
                "base_model: \(id)", "base_model_relation: \(references.isMerged ? "finetune" : "adapter")",
            ]
        }
        if let license = references.license { lines.append("license: \(license)") }
        lines += ["tags:", "- lora", "- text-classification", "- apr"]
        lines += modelIndex
        return (lines + ["---"]).joined(separator: "\n")
    }

    /// The results in the form that the Hub shows beside the model.
    private var modelIndex: [String] {
        let metrics = headlineMetrics
        guard !metrics.isEmpty else { return [] }
        var lines = ["metrics:"]
        var types: [String] = []
        for metric in metrics where !types.contains(metric.type) { types.append(metric.type) }
        lines += types.map { "- \($0)" }
        lines += [
            "model-index:", "- name: \(Self.quoted(references.checkpoint.lastPart))", "  results:",
            "  - task:", "      type: text-classification", "      name: Text classification",
            "    dataset:",
            "      name: validation data of the run\((validationOverlap ?? 0) > 0 ? ", of which rows were trained on" : "")",
            "      type: validation",
            "    metrics:",
        ]
        for metric in metrics {
            lines += [
                "    - type: \(metric.type)", "      value: \(Self.digits(metric.value))",
                "      name: \(metric.name)",
            ]
        }
        return lines
    }

    /// The metrics that represent the model.
    private var headlineMetrics: [(type: String, name: String, value: Double)] {
        guard let report = metadata["validation_report"]?.object else { return [] }
        let candidates: [(String, String, Double?)] = [
            ("accuracy", "Accuracy", report["accuracy"]?.double),
            ("accuracy", "Subset accuracy", report["subset_accuracy"]?.double),
            ("f1", "Macro F1", report["macro_avg"]?["f1"]?.double),
            ("f1", "Micro F1", report["micro_avg"]?["f1"]?.double),
            ("matthews_correlation", "Matthews correlation", report["mcc"]?.double),
        ]
        return candidates.compactMap { type, name, value in value.map { (type, name, $0) } }
    }

    /// A string as Python, JSON and YAML all write it.
    static func quoted(_ text: String) -> String {
        JSONValue(text).encoded(.init(indent: nil, sortedKeys: false, asciiOnly: true))
    }
}

extension String {
    /// The text after the last slash.
    fileprivate var lastPart: String { split(separator: "/").last.map(String.init) ?? self }
}
