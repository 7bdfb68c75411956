import JSONCore
import TransformerModels

/// `config-fields`: prints what each family does with each key of `config.json`, as JSON.
enum ConfigFieldsCommand {
    static func run(_ arguments: [String]) throws -> Bool {
        guard arguments == ["config-fields"] else { return false }
        let families = Architecture.all.map { family in
            let fields = family.fields.byKey.values.sorted { $0.key < $1.key }
            return (family.modelType, JSONValue(JSONObject(fields.map { ($0.key, description($0)) })))
        }
        print(JSONValue(JSONObject(families)).encoded())
        return true
    }

    private static func description(_ field: ConfigField) -> JSONValue {
        let (use, text): (String, String) =
            switch field.use {
            case .computes: ("computes", "")
            case .informs(let what): ("informs", what)
            case .ignored(let reason): ("ignored", reason)
            case .only(let accepted, _): ("only", accepted)
            }
        return ["use": .string(use), "text": .string(text), "default": field.defaultValue ?? .null]
    }
}
