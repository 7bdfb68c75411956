public import Diagnostics

/// Why a model directory cannot be used.
public enum ModelError: Error, Sendable, Hashable, MessageConvertible {
    /// A key of a configuration file is missing.
    case missingKey(path: String, key: String)
    /// A key of a configuration file has an impossible value.
    case invalidValue(path: String, key: String, value: String, expected: String)
    /// This program does not support this kind of model.
    case unsupported(path: String, what: String, supported: String)
    /// A file is not JSON.
    case notJSON(path: String, reason: String)
    /// A weight has other dimensions than the configuration says.
    case wrongShape(path: String, tensor: String, shape: [Int], expected: [Int])
    /// A weight has other dimensions than the family has where the configuration does not give them.
    case absentDimensions(path: String, keys: [String], tensor: String, shape: [Int], expected: [Int])
    /// A directory holds something else than a base model.
    case notABase(path: String, fact: String, remedy: String)
    /// A weight is missing.
    case missingTensor(path: String, tensor: String)
    /// An adapter needs something that the model does not have.
    case adapter(reason: String)
    /// A text is longer than the model's positions.
    case sequenceTooLong(length: Int, limit: Int)

    public var description: String { message.description }

    public var message: Message {
        switch self {
        case .missingKey(let path, let key):
            "\(path): \"\(key)\" is missing; a base model needs the config.json that transformers writes"
        case .invalidValue(let path, let key, let value, let expected):
            "\(path): \"\(key)\" is \(value); expected \(expected)"
        case .unsupported(let path, let what, let supported):
            "\(path): \(what) is not supported; supported: \(supported)"
        case .notJSON(let path, let reason): "\(path): not valid JSON: \(reason)"
        case .wrongShape(let path, let tensor, let shape, let expected):
            """
            \(path): \(tensor) has shape \(shape), config.json asks for \(expected); weights and configuration \
            belong to different models
            """
        case .absentDimensions(let path, let keys, let tensor, let shape, let expected):
            """
            \(path): \(tensor) has shape \(shape), the family's is \(expected) where config.json does not give \
            \(keys.joined(separator: ", ")); complete config.json
            """
        case .notABase(let path, let fact, let remedy): "\(path): \(fact); \(remedy)"
        case .missingTensor(let path, let tensor):
            "\(path): no tensor \(tensor); the weights are incomplete or of another architecture"
        case .adapter(let reason): "\(reason)"
        case .sequenceTooLong(let length, let limit):
            "a text of \(length) tokens exceeds the model's \(limit) positions; lower \(setting: .maxSeqLength)"
        }
    }
}
