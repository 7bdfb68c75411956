public import TensorCore

extension CPUBackend {
    /// Sums are taken over blocks of this many elements and added in their order, whatever the number of threads.
    private static var block: Int { 65_536 }

    public func sumOfSquares(_ tensor: Tensor) -> Double {
        precondition(tensor.isContiguous, "sum over a view with gaps")
        let (values, count) = (tensor.base, tensor.count)
        let blocks = (count + Self.block - 1) / Self.block
        let partial = UnsafeMutableBufferPointer<Double>.allocate(capacity: blocks)
        defer { partial.deallocate() }
        parallel.items(blocks) { block in
            var lanes = SIMD8<Double>(repeating: 0)
            var sum = 0.0
            var index = block * Self.block
            let end = min(index + Self.block, count)
            while index + 8 <= end {
                let eight = UnsafeRawPointer(values + index).loadUnaligned(as: SIMD8<Float>.self)
                let value = SIMD8<Double>(eight)
                lanes += value * value
                index += 8
            }
            while index < end {
                sum += Double(values[index]) * Double(values[index])
                index += 1
            }
            partial[block] = lanes.sum() + sum
        }
        return partial.reduce(0, +)
    }

    public func adamW(
        parameters: Tensor, gradients: Tensor, firstMoments: Tensor, secondMoments: Tensor,
        settings: AdamWStep,
        gradientScale: Float
    ) {
        let count = parameters.count
        precondition(gradients.count == count && firstMoments.count == count && secondMoments.count == count)
        let (p, g, m, v) = (parameters.base, gradients.base, firstMoments.base, secondMoments.base)
        let rates = AdamWRates(settings)
        parallel.ranges(of: count, grain: 16_384) { range in
            for index in range {
                let gradient = g[index] * gradientScale
                let first = m[index] + (gradient - m[index]) * rates.firstWeight
                let second = v[index] * rates.beta2 + gradient * gradient * rates.secondWeight
                m[index] = first
                v[index] = second
                let denominator = second.squareRoot() * rates.inverseRootCorrection + rates.eps
                p[index] = p[index] * rates.decay - rates.stepSize * (first / denominator)
            }
        }
    }
}

/// The factors of an update, computed in double precision and rounded once.
private struct AdamWRates {
    let firstWeight, beta2, secondWeight, inverseRootCorrection, eps, decay, stepSize: Float

    init(_ settings: AdamWStep) {
        firstWeight = Float(1 - settings.beta1)
        beta2 = Float(settings.beta2)
        secondWeight = Float(1 - settings.beta2)
        let correction1 = 1 - power(settings.beta1, settings.step)
        let correction2 = 1 - power(settings.beta2, settings.step)
        inverseRootCorrection = Float(1 / correction2.squareRoot())
        eps = Float(settings.eps)
        decay = Float(1 - settings.learningRate * settings.weightDecay)
        stepSize = Float(settings.learningRate / correction1)
    }
}

/// An integer power by squaring.
private func power(_ base: Double, _ exponent: Int) -> Double {
    var (result, square, remaining) = (1.0, base, exponent)
    while remaining > 0 {
        if remaining & 1 == 1 { result *= square }
        square *= square
        remaining >>= 1
    }
    return result
}
