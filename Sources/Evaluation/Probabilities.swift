import Platform

/// Probabilities from logits, in double precision and without overflow.
public enum Probabilities {
    /// The softmax of one row of logits: positive, summing to 1. Finite logits of any size are safe.
    ///
    /// - Parameter temperature: what the logits are divided by.
    public static func softmax(_ logits: some Sequence<Float>, temperature: Double = 1) -> [Double] {
        var values = logits.map(Double.init)
        let highest = values.max() ?? 0
        var sum = 0.0
        for index in values.indices {
            values[index] = exp((values[index] - highest) / temperature)
            sum += values[index]
        }
        for index in values.indices { values[index] /= sum }
        return values
    }

    /// The logistic function of one logit.
    public static func sigmoid(_ logit: Float) -> Double {
        let value = Double(logit)
        // Each branch raises e to a power that is not positive, which cannot overflow.
        if value >= 0 { return 1 / (1 + exp(-value)) }
        let power = exp(value)
        return power / (1 + power)
    }

    /// The logarithm of a probability kept within [ε, 1 - ε], ε = 2⁻⁵², as scikit-learn's log loss does.
    static func clippedLog(_ probability: Double) -> Double {
        log(min(max(probability, Double.ulpOfOne), 1 - Double.ulpOfOne))
    }

    /// The index of the highest value; the first of equals.
    public static func argmax(_ values: some Collection<Double>) -> Int {
        var best = 0
        var highest = -Double.infinity
        for (index, value) in values.enumerated() where value > highest {
            best = index
            highest = value
        }
        return best
    }
}
