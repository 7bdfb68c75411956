import JSONCore
public import Platform

extension AdapterConfig {
    private static let sizeLimit = 4 << 20
    private static let rankLimit = 1 << 16

    /// Reads and checks the configuration of an adapter's directory.
    ///
    /// - Throws: `FileError` when the file cannot be read, breaks a rule, or asks for what is not supported.
    public init(directory: String) throws(FileError) {
        try self.init(path: directory.appendingComponent(Self.fileName))
    }

    /// Reads and checks a configuration file; errors as in `init(directory:)`.
    public init(path: String) throws(FileError) {
        let file = try MappedFile(path: path, limit: Self.sizeLimit)
        try self.init(bytes: file.withUnsafeBytes { Array($0) }, path: path)
    }

    /// Parses and checks a configuration; `path` is where an error says it is.
    public init(bytes: [UInt8], path: String) throws(FileError) {
        do throws(AdapterRule) {
            try self.init(AdapterFields(bytes))
        } catch {
            throw FileError(error.problem, path: path)
        }
    }

    private init(_ fields: AdapterFields) throws(AdapterRule) {
        try Self.refuseUnsupported(fields)
        guard let alpha = try fields.double("lora_alpha") else { throw AdapterRule(.missing("lora_alpha")) }
        guard let rank = try fields.int("r") else { throw AdapterRule(.missing("r")) }
        self.init(
            baseModelNameOrPath: try fields.string("base_model_name_or_path"),
            rank: try Self.checked(rank, "r"),
            loraAlpha: alpha, loraDropout: try fields.double("lora_dropout") ?? 0,
            targetModules: try Self.selection(fields, "target_modules") ?? .list(["q_proj", "v_proj"]),
            useRSLoRA: try fields.bool("use_rslora") ?? false, revision: try fields.string("revision"))
        guard (0..<1).contains(loraDropout) else {
            throw fields.invalid("lora_dropout", expected: "a number from 0 to below 1")
        }
        excludeModules = try Self.selection(fields, "exclude_modules")
        modulesToSave = try fields.strings("modules_to_save") ?? []
        for name in modulesToSave where name != "classifier" && name != "score" {
            throw AdapterRule(.unsupported(key: "modules_to_save", value: "\"\(name)\""))
        }
        rankPattern = try fields.members("rank_pattern").map { member throws(AdapterRule) in
            guard let value = member.value.int else {
                throw fields.invalid("rank_pattern", expected: "an object of integers")
            }
            return Override(pattern: member.key, value: try Self.checked(value, "rank_pattern"))
        }
        alphaPattern = try fields.members("alpha_pattern").map { member throws(AdapterRule) in
            guard let value = member.value.double, value.isFinite else {
                throw fields.invalid("alpha_pattern", expected: "an object of numbers")
            }
            return Override(pattern: member.key, value: value)
        }
        try readLayers(fields)
        initLoRAWeights = try Self.initialisation(fields)
        _ = try AdapterMatcher(rules: self)
    }

    private mutating func readLayers(_ fields: AdapterFields) throws(AdapterRule) {
        layersToTransform = try fields.ints("layers_to_transform")
        layersPattern = try fields.strings("layers_pattern") ?? []
        if case .list = targetModules { return }
        // PEFT refuses these combinations too.
        if layersToTransform != nil {
            throw AdapterRule(
                .unsupported(key: "layers_to_transform", value: "with target_modules as a pattern"))
        }
        if !layersPattern.isEmpty {
            throw AdapterRule(.unsupported(key: "layers_pattern", value: "with target_modules as a pattern"))
        }
    }

    private static func checked(_ rank: Int, _ key: String) throws(AdapterRule) -> Int {
        guard (1...rankLimit).contains(rank) else {
            throw AdapterRule(
                .invalidMember(key, expected: "a rank from 1 to \(rankLimit)", got: "\(rank)"))
        }
        return rank
    }

    private static func selection(
        _ fields: AdapterFields, _ key: String
    ) throws(AdapterRule) -> ModuleSelection? {
        switch fields.object[key] {
        case nil, .null: return nil
        case .string(let text):
            return key == "target_modules" && text.lowercased() == "all-linear" ? .allLinear : .pattern(text)
        default:
            guard let names = try fields.strings(key) else { return nil }
            if names.isEmpty { return key == "target_modules" ? .list([]) : nil }
            return .list(names)
        }
    }

    /// Initialisations that leave the base as it is; the others store a changed base or a difference to it.
    private static func initialisation(_ fields: AdapterFields) throws(AdapterRule) -> JSONValue {
        switch fields.object["init_lora_weights"] {
        case nil: return true
        case .bool(let flag): return .bool(flag)
        case .string(let name) where ["gaussian", "eva", "orthogonal"].contains(name): return .string(name)
        case let value?:
            throw AdapterRule(.unsupported(key: "init_lora_weights", value: value.encoded()))
        }
    }
}
