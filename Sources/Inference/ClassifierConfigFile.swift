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
        spellRopeForTransformers4(&config)
        return JSONValue.object(config).encoded(.pretty) + "\n"
    }

    /// Adds `rope_theta` and `rope_scaling` (transformers 4) with the values of `rope_parameters` (transformers 5).
    ///
    /// transformers 4 ignores the new key and would silently use its default theta.
    private static func spellRopeForTransformers4(_ config: inout JSONObject) {
        guard var scaling = config["rope_parameters"]?.object, let theta = scaling["rope_theta"],
            config["rope_theta"] == nil
        else { return }
        config["rope_theta"] = theta
        scaling["rope_theta"] = nil
        if let type = scaling["rope_type"]?.string, type != "default", config["rope_scaling"] == nil {
            config["rope_scaling"] = .object(scaling)
        }
    }
}
