package import ClassificationData
import JSONCore
package import TransformerModels

/// `config.json` of a classifier: the base's, verbatim, with the keys of a classifier and keys for older loaders.
package enum ClassifierConfigFile {
    /// The document of a checkpoint.
    package static func text(base: ModelConfig, _ description: ModelDescription) -> String {
        document(
            base: base, labels: description.labels, problemType: description.problemType,
            padTokenID: description.padTokenID)
    }

    /// The document of a classifier.
    ///
    /// - Parameter dtype: the element type of the weights; nil keeps the base's.
    package static func document(
        base: ModelConfig, labels: LabelMap, problemType: ProblemType, padTokenID: Int32, dtype: String? = nil
    ) -> String {
        var config = base.raw
        config["architectures"] = [.string(base.architecture.classifierClass)]
        config["num_labels"] = nil
        config["id2label"] = .object(
            JSONObject(labels.names.enumerated().map { (String($0.offset), .string($0.element)) }))
        config["label2id"] = .object(
            JSONObject(labels.names.enumerated().map { ($0.element, JSONValue($0.offset)) }))
        config["num_labels"] = JSONValue(labels.count)
        config["pad_token_id"] = JSONValue(Int(padTokenID))
        config["problem_type"] = .string(problemType.configName)
        if let dtype {
            config["torch_dtype"] = nil
            config["dtype"] = .string(dtype)
        }
        spellRope(of: base, in: &config)
        return JSONValue.object(config).encoded(.pretty) + "\n"
    }

    /// Spells the rope that was computed with in the keys that transformers 4 and 5 read alike: `rope_theta` and
    /// `rope_scaling`.
    ///
    /// transformers 4 ignores `rope_parameters` and would silently use its default theta.
    private static func spellRope(of base: ModelConfig, in config: inout JSONObject) {
        func values(_ key: String) -> JSONObject? { config[key]?.object.flatMap { $0.isEmpty ? nil : $0 } }
        guard case .rotary(let rope) = base.positions,
            var scaling = values("rope_scaling") ?? values("rope_parameters")
        else { return }
        if config["rope_theta"] == nil {
            config["rope_theta"] = scaling["rope_theta"] ?? JSONValue(rope.theta)
        }
        scaling["rope_theta"] = nil
        switch rope.scaling {
        case .none:
            if config["rope_scaling"]?.object?.isEmpty == true { config["rope_scaling"] = .null }
            return
        case .linear: break
        case .llama3(_, _, _, let context): scaling["original_max_position_embeddings"] = JSONValue(context)
        }
        config["rope_scaling"] = .object(scaling)
    }
}
