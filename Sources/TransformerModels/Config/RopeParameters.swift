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

    /// Reads `rope_parameters` (transformers 5) or `rope_theta` and `rope_scaling` (transformers 4).
    public init(_ reader: ConfigReader) throws(ModelError) {
        let nested = reader.object["rope_parameters"]?.object ?? reader.object["rope_scaling"]?.object
        let inner = ConfigReader(object: nested ?? JSONObject(), path: reader.path)
        let (innerTheta, outerTheta) = (try inner.positive("rope_theta"), try reader.positive("rope_theta"))
        theta = innerTheta ?? outerTheta ?? 10_000
        if let factor = try inner.positive("partial_rotary_factor"), factor != 1 {
            throw reader.unsupported("partial_rotary_factor \(factor)", ["1"])
        }
        let (type, legacyType) = (try inner.text("rope_type"), try inner.text("type"))
        switch type ?? legacyType ?? "default" {
        case "default": scaling = .none
        case "linear": scaling = .linear(factor: try Self.required("factor", inner))
        case "llama3":
            scaling = .llama3(
                factor: try Self.required("factor", inner),
                lowFrequencyFactor: try Self.required("low_freq_factor", inner),
                highFrequencyFactor: try Self.required("high_freq_factor", inner),
                originalContext: try inner.size("original_max_position_embeddings"))
        case let other: throw reader.unsupported("rope type \"\(other)\"", ["default", "linear", "llama3"])
        }
    }

    private static func required(_ key: String, _ reader: ConfigReader) throws(ModelError) -> Double {
        guard let value = try reader.positive(key) else {
            throw ModelError.missingKey(path: reader.path, key: "rope_parameters.\(key)")
        }
        return value
    }
}
