import JSONCore
import Platform

extension AdapterConfig {
    /// Keys that are read elsewhere, or that say nothing about the result of a trained adapter.
    private static let harmless: Set<String> = [
        "alpha_pattern", "auto_mapping", "base_model_name_or_path", "corda_config", "ensure_weight_tying",
        "eva_config", "exclude_modules", "inference_mode", "init_lora_weights", "layers_pattern",
        "layers_to_transform", "loftq_config", "lora_alpha", "lora_dropout", "lora_ga_config",
        "megatron_core",
        "modules_to_save", "peft_version", "qalora_group_size", "r", "rank_pattern", "revision",
        "runtime_config",
        "target_modules", "use_rslora",
    ]

    /// Keys that must have one value, or be missing.
    private static let required: [(key: String, value: String)] = [
        ("peft_type", "LORA"), ("task_type", "SEQ_CLS"), ("bias", "none"),
    ]

    /// Refuses by name what would change the result.
    ///
    /// Every other key (`use_dora`, `lora_bias`, `layer_replication`, `trainable_token_indices`, ... and those of
    /// later versions) may be there as long as it is switched off: null, false, or empty.
    static func refuseUnsupported(_ fields: AdapterFields) throws(AdapterRule) {
        for (key, value) in required {
            switch fields.object[key] {
            case nil where key == "bias": continue
            case nil: throw AdapterRule(.missing(key))
            case .string(let text)? where utf8Equal(text, value): continue
            case let other? where key == "task_type":
                throw AdapterRule(.otherTask(shortened(other.encoded())))
            case let other?: throw AdapterRule(.unsupported(key: key, value: other.encoded()))
            }
        }
        for member in fields.object.members {
            let key = member.key
            guard !harmless.contains(key), !required.contains(where: { $0.key == key }) else { continue }
            guard isOff(member.value) else {
                throw AdapterRule(.unsupported(key: key, value: shortened(member.value.encoded())))
            }
        }
    }

    private static func isOff(_ value: JSONValue) -> Bool {
        switch value {
        case .null, .bool(false): true
        case .array(let elements): elements.isEmpty
        case .object(let members): members.isEmpty
        case .bool, .number, .string: false
        }
    }

    private static func shortened(_ text: String) -> String {
        text.utf8.count <= 80 ? text : String(text.prefix(77)) + "..."
    }
}
