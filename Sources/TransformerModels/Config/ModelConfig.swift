public import JSONCore
import Platform

/// A base model's `config.json`, as transformers 4 and 5 write it, with the family that it names.
@dynamicMemberLookup
public struct ModelConfig: Sendable {
    /// The document, verbatim.
    public let raw: JSONObject
    /// The family, from `model_type`.
    public let architecture: Architecture
    /// The structure of the model, as the family describes it.
    public let model: TransformerDescription

    /// The parts of the model's description.
    public subscript<Value>(dynamicMember member: KeyPath<TransformerDescription, Value>) -> Value {
        model[keyPath: member]
    }
}

extension ModelConfig {
    private static let sizeLimit = 16 << 20

    /// Reads `config.json` of a model directory.
    ///
    /// - Parameter architectures: the families to choose from.
    /// - Throws: `ModelError` or `FileError`, naming the file, the key and what is supported.
    public static func load(
        directory: String, architectures: [Architecture] = Architecture.all
    ) throws -> ModelConfig {
        try BaseDirectoryKind.check(directory)
        let path = directory + "/config.json"
        let file = try MappedFile(path: path, limit: sizeLimit)
        let document: JSONValue
        do {
            document = try file.withUnsafeBytes { try JSONParser.parse($0, duplicateKeys: .lastWins) }
        } catch {
            throw ModelError.notJSON(path: path, reason: "\(error)")
        }
        guard let object = document.object else {
            throw ModelError.notJSON(path: path, reason: "the document is \(document.kind), not an object")
        }
        return try ModelConfig(raw: object, path: path, architectures: architectures)
    }

    /// Reads a configuration.
    ///
    /// - Parameters:
    ///   - path: the file's name in errors.
    ///   - architectures: the families to choose from.
    public init(
        raw: JSONObject, path: String, architectures: [Architecture] = Architecture.all
    ) throws(ModelError) {
        let reader = ConfigReader(object: raw, path: path)
        guard let name = try reader.text("model_type") else {
            throw ModelError.missingKey(path: path, key: "model_type")
        }
        guard let architecture = architectures.first(where: { $0.modelType == name }) else {
            throw reader.unsupported("architecture \"\(name)\"", architectures.map(\.modelType))
        }
        if let quantization = raw["quantization_config"], !quantization.isNull {
            let method = quantization["quant_method"]?.string ?? "unnamed"
            throw reader.unsupported("quantisation \"\(method)\"", ["f32, f16 and bf16 weights"])
        }
        self.raw = raw
        self.architecture = architecture
        model = try architecture.describe(reader)
    }

    /// The dimensions that the configuration does not give, so that they are the family's.
    var absentDimensions: [String] {
        [
            "vocab_size", "hidden_size", "intermediate_size", "num_attention_heads", "num_key_value_heads",
            "head_dim",
        ]
        .filter { raw[$0] == nil && architecture.fields.defaultValue($0) != nil }
    }

    /// Refuses what only training would compute otherwise.
    ///
    /// - Parameter directory: the model's directory.
    public func checkTraining(directory: String) throws(ModelError) {
        guard model.attentionDropout == 0 else {
            throw .unsupported(
                path: directory + "/config.json",
                what: "training with \"attention_dropout\": \(model.attentionDropout)",
                supported: "0, which changes no prediction")
        }
    }
}
