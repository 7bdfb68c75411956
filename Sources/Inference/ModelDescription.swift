package import CheckpointIO
package import ClassificationData
package import JSONCore
import Platform
import TransformerModels

/// Everything that prediction needs besides the weights and the base: the metadata of `model.apr`.
///
/// It holds no path, time or host, so that equal training gives equal files.
package struct ModelDescription: Sendable {
    /// The version of the metadata's layout.
    package static let schemaVersion = 1

    package let labels: LabelMap
    package let problemType: ProblemType
    package let adapter: AdapterConfig
    package let base: BaseIdentity
    package let maxSeqLength: Int
    /// Words around every text.
    package let template: TextTemplate?
    package let padTokenID: Int32
    /// The SHA-256 of the base's `tokenizer.json`.
    package let tokenizerHash: String
    /// Whether training added the pad token to the added tokens of that file.
    package let addsPadToken: Bool

    /// The members of the metadata that describe the model.
    package var json: JSONObject {
        var adapter = adapter
        adapter.baseModelNameOrPath = nil
        adapter.revision = nil
        let settings = (try? JSONParser.parse(adapter.encoded()))?.object ?? JSONObject()
        var tokenizer: JSONObject = ["file": "tokenizer.json", "sha256": .string(tokenizerHash)]
        if addsPadToken { tokenizer["adds_pad_token"] = true }
        var json: JSONObject = [
            "apr_schema_version": JSONValue(Self.schemaVersion), "labels": JSONValue(labels.names),
            "num_classes": JSONValue(labels.count), "problem_type": .string(problemType.configName),
            "lora": .object(settings), "base_model": .object(base.json),
            "max_seq_length": JSONValue(maxSeqLength), "pad_token_id": JSONValue(Int(padTokenID)),
            "tokenizer": .object(tokenizer),
        ]
        if let template { json["template"] = .string(template.pattern) }
        return json
    }

    package init(
        labels: LabelMap, problemType: ProblemType, adapter: AdapterConfig, base: BaseIdentity,
        maxSeqLength: Int, template: TextTemplate? = nil, padTokenID: Int32, tokenizerHash: String,
        addsPadToken: Bool
    ) {
        self.template = template
        self.labels = labels
        self.problemType = problemType
        self.adapter = adapter
        self.base = base
        self.maxSeqLength = maxSeqLength
        self.padTokenID = padTokenID
        self.tokenizerHash = tokenizerHash
        self.addsPadToken = addsPadToken
    }

    /// Reads the description in an APR file.
    ///
    /// - Throws: `ClassifierError.notAClassifier` naming the member that is missing or wrong.
    package init(_ file: APRFile) throws {
        let path = file.file.path
        let metadata = file.metadata
        func wrong(_ key: String) -> ClassifierError { .notAClassifier(path: path, key: key) }
        guard metadata.count("apr_schema_version") == Self.schemaVersion else {
            throw wrong("apr_schema_version")
        }
        guard let names = metadata["labels"]?.array?.compactMap(\.string),
            names.count == metadata.count("num_classes"), let labels = LabelMap(names: names),
            labels.count > 0
        else { throw wrong("labels") }
        guard let problemType = ProblemType(configName: metadata["problem_type"]?.string) else {
            throw wrong("problem_type")
        }
        guard let settings = metadata["lora"]?.object else { throw wrong("lora") }
        let encoded = Array(JSONValue.object(settings).encoded().utf8)
        guard let base = metadata["base_model"]?.object.flatMap(BaseIdentity.init(json:)) else {
            throw wrong("base_model")
        }
        guard let maxSeqLength = metadata.count("max_seq_length"), maxSeqLength > 0 else {
            throw wrong("max_seq_length")
        }
        let pattern = metadata["template"]
        let template = (pattern?.string).flatMap { TextTemplate($0) }
        guard template != nil || pattern == nil || pattern?.isNull == true else { throw wrong("template") }
        guard let padTokenID = metadata.count("pad_token_id").flatMap(Int32.init(exactly:)) else {
            throw wrong("pad_token_id")
        }
        guard let tokenizerHash = metadata["tokenizer"]?["sha256"]?.string else { throw wrong("tokenizer") }
        self.init(
            labels: labels, problemType: problemType, adapter: try AdapterConfig(bytes: encoded, path: path),
            base: base, maxSeqLength: maxSeqLength, template: template, padTokenID: padTokenID,
            tokenizerHash: tokenizerHash,
            addsPadToken: metadata["tokenizer"]?["adds_pad_token"]?.bool ?? false)
    }
}

extension ProblemType {
    /// The type that a configuration's `problem_type` names.
    package init?(configName: String?) {
        switch configName {
        case "single_label_classification": self = .singleLabel
        case "multi_label_classification": self = .multiLabel
        default: return nil
        }
    }
}
