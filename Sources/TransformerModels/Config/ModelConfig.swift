public import JSONCore

/// A base model's `config.json`, as transformers 4 and 5 write it: the family it names and what that makes of it.
@dynamicMemberLookup
public struct ModelConfig: Sendable {
    /// The document, verbatim.
    public let raw: JSONObject
    /// The family, from `model_type`.
    public let architecture: Architecture
    /// What the model is made of.
    public let model: TransformerDescription

    /// The parts of the model's description.
    public subscript<Value>(dynamicMember member: KeyPath<TransformerDescription, Value>) -> Value {
        model[keyPath: member]
    }
}
