public import JSONCore

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
