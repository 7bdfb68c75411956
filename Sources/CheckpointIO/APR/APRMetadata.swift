import JSONCore

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
        ("model_type", .string, ""), ("name", .string, nil), ("description", .string, nil),
        ("author", .string, nil), ("license", .string, nil), ("data_source", .string, nil),
        ("data_license", .string, nil), ("version", .string, nil), ("source", .string, nil),
        ("original_format", .string, nil), ("created_at", .string, nil), ("total_size", .number, 0),
        ("param_count", .number, 0), ("quantization", .object, nil), ("sharding", .object, nil),
        ("chat_template", .string, nil), ("chat_format", .string, nil), ("special_tokens", .object, nil),
        ("architecture", .string, nil), ("hidden_size", .number, nil), ("num_layers", .number, nil),
        ("num_heads", .number, nil), ("num_kv_heads", .number, nil), ("vocab_size", .number, nil),
        ("intermediate_size", .number, nil), ("max_position_embeddings", .number, nil),
        ("rope_theta", .number, nil), ("rope_type", .number, nil), ("rms_norm_eps", .number, nil),
        ("head_dim", .number, nil), ("num_experts", .number, nil), ("num_experts_per_tok", .number, nil),
        ("moe_intermediate_size", .number, nil),
    ]

    /// The metadata as it is written: documented keys in order, always present, then the others by name.
    static func complete(_ metadata: JSONObject) -> JSONObject {
        var result = JSONObject()
        for (key, _, fallback) in documented { result[key] = metadata[key] ?? fallback }
        let custom = metadata.members.filter { result[$0.key] == nil }
        for member in custom.sorted(by: { ByteOrder.precedes($0.key, $1.key) }) {
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
