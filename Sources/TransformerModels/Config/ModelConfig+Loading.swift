public import JSONCore
import Platform

extension ModelConfig {
    private static let sizeLimit = 16 << 20

    /// Reads `config.json` of a model directory.
    ///
    /// - Throws: `ModelError` or `FileError`, naming the file, the key and what is supported.
    public static func load(directory: String) throws -> ModelConfig {
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
        return try ModelConfig(raw: object, path: path)
    }

    /// Reads a configuration.
    ///
    /// - Parameter path: the file's name in errors.
    public init(raw: JSONObject, path: String) throws(ModelError) {
        let reader = ConfigReader(object: raw, path: path)
        self.raw = raw
        family = try Self.family(reader)
        try Self.refuseUnsupported(reader)
        hiddenSize = try reader.size("hidden_size")
        numHiddenLayers = try reader.size("num_hidden_layers", limit: 1024)
        numAttentionHeads = try reader.size("num_attention_heads")
        numKeyValueHeads = try reader.optionalSize("num_key_value_heads") ?? numAttentionHeads
        headDim = try reader.optionalSize("head_dim") ?? hiddenSize / numAttentionHeads
        intermediateSize = try reader.size("intermediate_size")
        vocabSize = try reader.size("vocab_size")
        maxPositionEmbeddings = try reader.size("max_position_embeddings")
        rmsNormEps = try reader.positive("rms_norm_eps") ?? 1e-6
        tieWordEmbeddings = try reader.flag("tie_word_embeddings") ?? false
        rope = try RopeParameters(reader)
        padTokenID = try reader.tokenID("pad_token_id", vocabSize: vocabSize)
        slidingWindows = try Self.windows(reader, family: family, layers: numHiddenLayers)
        let attentionBias = try reader.flag("attention_bias") ?? false
        hasQKVBias = family == .qwen2 || (family != .mistral && attentionBias)
        hasOutputBias = (family == .llama || family == .qwen3) && attentionBias
        let mlpBias = try reader.flag("mlp_bias") ?? false
        hasMLPBias = family == .llama && mlpBias
        guard numAttentionHeads % numKeyValueHeads == 0 else {
            throw reader.invalid("num_key_value_heads", expected: "a divisor of num_attention_heads")
        }
        guard headDim % 2 == 0 else { throw reader.invalid("head_dim", expected: "an even number") }
    }

    private static func family(_ reader: ConfigReader) throws(ModelError) -> Family {
        guard let name = try reader.text("model_type") else {
            throw ModelError.missingKey(path: reader.path, key: "model_type")
        }
        guard let family = Family(rawValue: name) else {
            throw reader.unsupported("architecture \"\(name)\"", Family.allCases.map(\.rawValue))
        }
        return family
    }

    private static func refuseUnsupported(_ reader: ConfigReader) throws(ModelError) {
        for key in ["hidden_act", "hidden_activation"] {
            if let name = try reader.text(key), name != "silu", name != "swish" {
                throw reader.unsupported("activation \"\(name)\" (\(key))", ["silu"])
            }
        }
        if let quantization = reader.object["quantization_config"], !quantization.isNull {
            let method = quantization["quant_method"]?.string ?? "unnamed"
            throw reader.unsupported("quantisation \"\(method)\"", ["f32, f16 and bf16 weights"])
        }
        if let factor = try reader.positive("partial_rotary_factor"), factor != 1 {
            throw reader.unsupported("partial_rotary_factor \(factor)", ["1"])
        }
    }

    /// Which layers have a window: all of Mistral's, those of Qwen behind `max_window_layers`, or as `layer_types` says.
    private static func windows(
        _ reader: ConfigReader, family: Family, layers: Int
    ) throws(ModelError) -> [Int?] {
        let window = try reader.optionalSize("sliding_window")
        switch family {
        case .llama: return Array(repeating: nil, count: layers)
        case .mistral: return Array(repeating: window, count: layers)
        case .qwen2, .qwen3:
            guard let window, try reader.flag("use_sliding_window") ?? false else {
                return Array(repeating: nil, count: layers)
            }
            guard let types = reader.object["layer_types"]?.array else {
                let first = try reader.count("max_window_layers") ?? 28
                return (0..<layers).map { $0 >= first ? window : nil }
            }
            guard types.count == layers else {
                throw reader.invalid("layer_types", expected: "one entry for each of \(layers) layers")
            }
            return try types.map { type throws(ModelError) in
                switch type.string {
                case "full_attention": return nil
                case "sliding_attention": return window
                default:
                    throw reader.unsupported(
                        "layer type \(type.encoded())", ["full_attention", "sliding_attention"])
                }
            }
        }
    }
}
