import JSONCore

extension AdapterConfig {
    /// The file as PEFT would write it: sorted keys, two spaces a level, ASCII only, no final newline.
    public func encoded() -> [UInt8] {
        var object: JSONObject = [
            "alpha_pattern": .object(JSONObject(alphaPattern.map { ($0.pattern, Self.number($0.value)) })),
            "base_model_name_or_path": baseModelNameOrPath.map(JSONValue.string) ?? .null,
            "bias": "none",
            "fan_in_fan_out": false,
            "inference_mode": true,
            "init_lora_weights": initLoRAWeights,
            "layers_pattern": layersPattern.isEmpty ? .null : JSONValue(layersPattern),
            "layers_to_transform": layersToTransform.map { .array($0.map { JSONValue($0) }) } ?? .null,
            "lora_alpha": Self.number(loraAlpha),
            "lora_dropout": JSONValue(loraDropout),
            "modules_to_save": JSONValue(modulesToSave),
            "peft_type": "LORA",
            "r": JSONValue(rank),
            "rank_pattern": .object(JSONObject(rankPattern.map { ($0.pattern, JSONValue($0.value)) })),
            "revision": revision.map(JSONValue.string) ?? .null,
            "target_modules": Self.value(targetModules),
            "task_type": "SEQ_CLS",
            "use_dora": false,
            "use_rslora": .bool(useRSLoRA),
        ]
        // A key that older versions do not know is written only when it has an effect.
        if let excludeModules { object["exclude_modules"] = Self.value(excludeModules) }
        let style = JSONStyle(indent: 2, sortedKeys: true, asciiOnly: true)
        return Array(JSONValue.object(object).encoded(style).utf8)
    }

    /// An integral value as an integer, as PEFT writes it.
    private static func number(_ value: Double) -> JSONValue {
        Int(exactly: value).map { JSONValue($0) } ?? JSONValue(value)
    }

    private static func value(_ selection: ModuleSelection) -> JSONValue {
        switch selection {
        case .list(let names): JSONValue(names)
        case .allLinear: "all-linear"
        case .pattern(let pattern): .string(pattern)
        }
    }
}
