import JSONCore

/// The rotary embedding of a model: its base and how its frequencies are scaled for long contexts.
public struct RopeParameters: Sendable, Hashable {
    /// A change of the frequencies.
    public enum Scaling: Sendable, Hashable {
        /// As trained.
        case none
        /// All frequencies divided by a factor (Chen et al., 2023).
        case linear(factor: Double)
        /// Llama 3.1's: low frequencies divided, high ones kept, the band between blended.
        case llama3(
            factor: Double, lowFrequencyFactor: Double, highFrequencyFactor: Double, originalContext: Int)
    }

    /// The base of the geometric sequence of wavelengths.
    public let theta: Double
    /// The change of the frequencies.
    public let scaling: Scaling

    /// Reads `rope_parameters` (transformers 5) or `rope_theta` and `rope_scaling` (transformers 4), as transformers 5
    /// does: `rope_scaling` replaces `rope_parameters`, and `rope_theta` counts where the one in use has none.
    ///
    /// - Throws: `ModelError` for what is not supported, and for values that the two versions read differently.
    public init(_ reader: ConfigReader) throws(ModelError) {
        let (key, values) = try Self.source(reader)
        let inner = ConfigReader(object: values, path: reader.path)
        if let nested = values.first(where: { $0.value.object != nil }) {
            throw reader.unsupported("\(key).\(nested.key) for some layers", ["one rope for all layers"])
        }
        theta = try Self.theta(reader, inner, key: key)
        for level in [reader, inner] {
            guard let factor = try level.positive("partial_rotary_factor"), factor != 1 else { continue }
            throw reader.unsupported("partial_rotary_factor \(factor)", ["1"])
        }
        let (type, legacyType) = (try inner.text("rope_type"), try inner.text("type"))
        if let type, let legacyType, type != legacyType {
            throw reader.invalid(
                key, expected: "\"type\" and \"rope_type\" to be equal: \(Self.versionsDiffer)")
        }
        switch type ?? legacyType ?? "default" {
        case "default": scaling = .none
        case "linear": scaling = .linear(factor: try Self.required("factor", inner))
        case "llama3":
            scaling = .llama3(
                factor: try Self.required("factor", inner),
                lowFrequencyFactor: try Self.required("low_freq_factor", inner),
                highFrequencyFactor: try Self.required("high_freq_factor", inner),
                originalContext: try Self.originalContext(reader, inner))
        case let other: throw reader.unsupported("rope type \"\(other)\"", ["default", "linear", "llama3"])
        }
    }

    private static let versionsDiffer = "versions of transformers differ in which they use"

    /// The object that transformers 5 uses, with its key.
    private static func source(_ reader: ConfigReader) throws(ModelError) -> (key: String, JSONObject) {
        for key in ["rope_scaling", "rope_parameters"] {
            guard let value = reader.object[key], !value.isNull else { continue }
            guard let object = value.object else { throw reader.invalid(key, expected: "an object or null") }
            if !object.isEmpty { return (key, object) }
        }
        return ("rope_parameters", JSONObject())
    }

    private static func theta(
        _ reader: ConfigReader, _ inner: ConfigReader, key: String
    ) throws(ModelError) -> Double {
        if reader.object["rope_theta"]?.isNull == true {
            throw reader.invalid("rope_theta", expected: "a positive number")
        }
        // What the file says, without the family's default.
        let outer = ConfigReader(object: reader.object, path: reader.path)
        let (innerTheta, outerTheta) = (try inner.positive("rope_theta"), try outer.positive("rope_theta"))
        if let innerTheta, let outerTheta, innerTheta != outerTheta {
            throw reader.invalid(
                "rope_theta",
                expected: "\(innerTheta) as in \(key): \(versionsDiffer)")
        }
        let familyTheta = try reader.positive("rope_theta")
        return innerTheta ?? familyTheta ?? 10_000
    }

    /// The context that Llama 3's scaling starts from: the model's own where none is given.
    private static func originalContext(
        _ reader: ConfigReader, _ inner: ConfigReader
    ) throws(ModelError) -> Int {
        let key = "original_max_position_embeddings"
        let (innerContext, outerContext) = (try inner.optionalSize(key), try reader.optionalSize(key))
        if let innerContext, let outerContext, innerContext != outerContext {
            throw reader.invalid(
                key,
                expected: "\(innerContext) as for the rope: \(versionsDiffer)")
        }
        let context = try reader.size("max_position_embeddings")
        return innerContext ?? outerContext ?? context
    }

    private static func required(_ key: String, _ reader: ConfigReader) throws(ModelError) -> Double {
        guard let value = try reader.positive(key) else {
            throw ModelError.missingKey(path: reader.path, key: "rope_parameters.\(key)")
        }
        return value
    }
}
