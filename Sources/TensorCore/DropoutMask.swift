/// Which features of a LoRA branch's input are dropped, as a pure function of what they are.
///
/// The decision for one feature depends only on (seed, step, sample, token, module, feature). So it is the same
/// however samples are packed into micro-batches, and the backward pass recomputes it.
public struct DropoutMask: Sendable, Hashable {
    /// The probability of dropping a feature, in [0, 1).
    public let probability: Float
    /// What a kept feature is multiplied by: 1 / (1 - probability).
    public let scale: Float
    /// A feature is kept when its random word is at least this.
    package let threshold: UInt32
    package let seed: UInt64
    package let step: UInt32

    /// The masks of one optimizer step.
    public init(probability: Float, seed: UInt64, step: Int) {
        precondition((0..<1).contains(probability), "dropout probability \(probability) is not in [0, 1)")
        self.probability = probability
        scale = 1 / (1 - probability)
        threshold = UInt32(Double(probability) * 0x1p32)
        self.seed = seed
        self.step = UInt32(truncatingIfNeeded: step)
    }

    /// The factors for four consecutive features: `scale` where kept, zero where dropped.
    ///
    /// - Parameters:
    ///   - sample: the sample's number in the data set.
    ///   - token: the position in the sample.
    ///   - module: the number of the adapted module in the model.
    ///   - featureBlock: the number of the first feature divided by four.
    @inlinable
    public func factors(sample: Int32, token: Int32, module: Int, featureBlock: Int) -> SIMD4<Float> {
        let words = words(sample: sample, token: token, module: module, featureBlock: featureBlock)
        return keep(words)
    }

    @usableFromInline
    func keep(_ words: SIMD4<UInt32>) -> SIMD4<Float> {
        SIMD4<Float>(repeating: 0).replacing(with: scale, where: words .>= threshold)
    }

    @usableFromInline
    func words(sample: Int32, token: Int32, module: Int, featureBlock: Int) -> SIMD4<UInt32> {
        // The four counter words name the four features without collision: up to 65,536 modules and 262,144 features.
        CounterRandom.philox(
            SIMD4(
                UInt32(featureBlock) | UInt32(module) << 16, UInt32(bitPattern: token),
                UInt32(bitPattern: sample), step),
            key: (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)))
    }
}
