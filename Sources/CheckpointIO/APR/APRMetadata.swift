import JSONCore
import Platform

/// The metadata of an APR file: documented keys of fixed type first, then the writer's own.
enum APRMetadata {
    /// What a documented key holds when it is not null.
    enum Kind: String {
        case string = "a string"
        case number = "a number"
        case object = "an object"

        func accepts(_ value: JSONValue) -> Bool {
            switch (self, value) {
            case (_, .null), (.string, .string), (.number, .number), (.object, .object): true
            default: false
            }
        }
    }

    /// The documented keys in the order of the format, with their default values.
    static let documented: [(key: String, kind: Kind, fallback: JSONValue)] = [
        ("model_type", .string, ""), ("name", .string, .null), ("description", .string, .null),
        ("author", .string, .null), ("license", .string, .null), ("data_source", .string, .null),
        ("data_license", .string, .null), ("version", .string, .null), ("source", .string, .null),
        ("original_format", .string, .null), ("created_at", .string, .null), ("total_size", .number, 0),
        ("param_count", .number, 0), ("quantization", .object, .null), ("sharding", .object, .null),
        ("chat_template", .string, .null), ("chat_format", .string, .null),
        ("special_tokens", .object, .null),
        ("architecture", .string, .null), ("hidden_size", .number, .null), ("num_layers", .number, .null),
        ("num_heads", .number, .null), ("num_kv_heads", .number, .null), ("vocab_size", .number, .null),
        ("intermediate_size", .number, .null), ("max_position_embeddings", .number, .null),
        ("rope_theta", .number, .null), ("rope_type", .number, .null), ("rms_norm_eps", .number, .null),
        ("head_dim", .number, .null), ("num_experts", .number, .null),
        ("num_experts_per_tok", .number, .null),
        ("moe_intermediate_size", .number, .null),
    ]

    /// The metadata as it is written: documented keys in order, always present, then the others by name.
    static func complete(_ metadata: JSONObject) -> JSONObject {
        var result = JSONObject()
        for (key, _, fallback) in documented { result[key] = metadata[key] ?? fallback }
        let custom = metadata.members.filter { result[$0.key] == nil }
        for member in custom.sorted(by: { utf8Precedes($0.key, $1.key) }) {
            result[member.key] = member.value
        }
        return result
    }

    /// Refuses a documented key of the wrong type, as the format's other readers do.
    static func check(_ metadata: JSONObject) throws(APRRule) {
        for (key, kind, _) in documented {
            guard let value = metadata[key], !kind.accepts(value) else { continue }
            throw APRRule(.metadataType(key: key, expected: kind.rawValue, got: value.kind))
        }
        for key in ["model_type", "total_size", "param_count"] where metadata[key]?.isNull == true {
            throw APRRule(.metadataType(key: key, expected: "a value", got: "null"))
        }
    }

    /// Reads the metadata section; of a key that stands twice, the last value counts.
    static func parse(_ bytes: UnsafeRawBufferPointer) throws(APRRule) -> JSONObject {
        let document: JSONValue
        do throws(JSONError) {
            document = try JSONParser.parse(
                bytes, limits: JSONLimits(depth: 64, bytes: APRHeader.metadataLimit),
                duplicateKeys: .lastWins)
        } catch {
            throw APRRule(.metadataNotJSON(error))
        }
        guard let object = document.object else {
            throw APRRule(.metadataType(key: "", expected: "an object", got: document.kind))
        }
        try check(object)
        return object
    }
}
