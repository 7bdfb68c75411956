import JSONCore
import Platform

/// Llama 3's scaling of low RoPE frequencies, recovered from the factors a GGUF file stores.
///
/// HuggingFace keeps four parameters; llama.cpp keeps the result, one divisor for each frequency, in the
/// tensor `rope_freqs.weight`. Only the factor differs between the released models, and it is the largest divisor.
struct RopeScaling: Sendable, Hashable {
    let factor: Double
    let lowFreqFactor = 1.0
    let highFreqFactor = 4.0
    let originalMaxPositionEmbeddings = 8192

    /// Recovers the parameters.
    ///
    /// - Parameters:
    ///   - divisors: the tensor's values, one for each pair of a head's dimensions, highest frequency first.
    ///   - ropeTheta: the base of the rotary embedding.
    /// - Returns: nil when every divisor is 1.
    /// - Throws: when the divisors follow from no parameters of this family.
    static func recover(divisors: [Float], ropeTheta: Double) throws(ImportProblem) -> RopeScaling? {
        guard let factor = divisors.max(), divisors.allSatisfy({ $0.isFinite && $0 >= 1 }) else {
            throw ImportProblem(.unsupportedFeature("this set of rope frequency factors"))
        }
        if factor == 1 { return nil }
        let scaling = RopeScaling(factor: Double(factor))
        for (pair, divisor) in divisors.enumerated() {
            let expected = scaling.divisor(pair: pair, of: divisors.count, ropeTheta: ropeTheta)
            // The file's factors were computed in single precision.
            guard abs(expected - Double(divisor)) <= 1e-4 * expected else {
                throw ImportProblem(.unsupportedFeature("this set of rope frequency factors"))
            }
        }
        return scaling
    }

    /// The divisor of the frequency of a pair of dimensions.
    func divisor(pair: Int, of count: Int, ropeTheta: Double) -> Double {
        let waveLength = 2 * Double.pi * pow(ropeTheta, Double(pair) / Double(count))
        let original = Double(originalMaxPositionEmbeddings)
        if waveLength < original / highFreqFactor { return 1 }
        if waveLength > original / lowFreqFactor { return factor }
        let smooth = (original / waveLength - lowFreqFactor) / (highFreqFactor - lowFreqFactor)
        return 1 / ((1 - smooth) / factor + smooth)
    }

    /// The object that a config has under `rope_scaling`.
    var json: JSONObject {
        [
            "rope_type": "llama3", "factor": JSONValue(factor), "low_freq_factor": JSONValue(lowFreqFactor),
            "high_freq_factor": JSONValue(highFreqFactor),
            "original_max_position_embeddings": JSONValue(originalMaxPositionEmbeddings),
        ]
    }
}
