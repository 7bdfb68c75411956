import Platform

/// L-BFGS (Nocedal and Wright, Numerical Optimization, algorithms 7.4 and 7.5) for a smooth convex function.
struct LimitedMemoryMinimizer {
    /// Where the function is lowest, as far as known.
    private(set) var point: [Double]
    private let memory: Int
    private var steps: [[Double]] = []
    private var changes: [[Double]] = []

    /// Starts at zero.
    init(dimension: Int, memory: Int) {
        point = [Double](repeating: 0, count: dimension)
        self.memory = memory
    }

    /// Descends.
    ///
    /// - Parameters:
    ///   - gradientNorm: where the gradient is shorter, the descent ends.
    ///   - function: returns the value and fills in the gradient.
    mutating func run(
        gradientNorm: Double, iterationLimit: Int, _ function: ([Double], inout [Double]) -> Double
    ) {
        var gradient = [Double](repeating: 0, count: point.count)
        var value = function(point, &gradient)
        var next = point
        var nextGradient = gradient
        for _ in 0..<iterationLimit {
            let length = Self.product(gradient, gradient).squareRoot()
            if length <= gradientNorm { return }
            var direction = descent(gradient)
            var slope = Self.product(gradient, direction)
            if slope >= 0 {
                // Rounding has spoilt what is remembered.
                (steps, changes) = ([], [])
                direction = gradient.map { -$0 }
                slope = -length * length
            }
            // The first step has no scale yet: one of length 1 at most.
            var size = steps.isEmpty ? min(1, 1 / length) : 1
            // Near the minimum the value changes by less than its rounding.
            let slack = 1e-13 * abs(value)
            while true {
                for index in next.indices { next[index] = point[index] + size * direction[index] }
                let nextValue = function(next, &nextGradient)
                if nextValue <= value + 1e-4 * size * slope + slack {
                    value = nextValue
                    break
                }
                size /= 2
                if size < 1e-12 { return }
            }
            remember(from: gradient, to: nextGradient, step: next)
            swap(&point, &next)
            swap(&gradient, &nextGradient)
        }
    }

    private mutating func remember(from gradient: [Double], to nextGradient: [Double], step next: [Double]) {
        var (step, change) = (next, nextGradient)
        for index in step.indices {
            step[index] -= point[index]
            change[index] -= gradient[index]
        }
        guard Self.product(step, change) > 0 else { return }
        if steps.count == memory {
            steps.removeFirst()
            changes.removeFirst()
        }
        steps.append(step)
        changes.append(change)
    }

    /// The direction of the next step: minus the gradient times an estimate of the inverse Hessian.
    private func descent(_ gradient: [Double]) -> [Double] {
        var direction = gradient.map { -$0 }
        guard let last = steps.indices.last else { return direction }
        var factors = [Double](repeating: 0, count: steps.count)
        for index in steps.indices.reversed() {
            factors[index] =
                Self.product(steps[index], direction) / Self.product(steps[index], changes[index])
            Self.add(changes[index], times: -factors[index], to: &direction)
        }
        let scale =
            Self.product(steps[last], changes[last]) / Self.product(changes[last], changes[last])
        for index in direction.indices { direction[index] *= scale }
        for index in steps.indices {
            let factor =
                Self.product(changes[index], direction) / Self.product(steps[index], changes[index])
            Self.add(steps[index], times: factors[index] - factor, to: &direction)
        }
        return direction
    }

    private static func product(_ left: [Double], _ right: [Double]) -> Double {
        left.withUnsafeBufferPointer { left in
            right.withUnsafeBufferPointer { right in
                // Eight sums, so that an addition need not wait for the one before.
                var sums = SIMD8<Double>()
                let whole = left.count & ~7
                for start in stride(from: 0, to: whole, by: 8) {
                    for lane in 0..<8 { sums[lane] += left[start + lane] * right[start + lane] }
                }
                return (whole..<left.count).reduce(sums.sum()) { $0 + left[$1] * right[$1] }
            }
        }
    }

    private static func add(_ vector: [Double], times factor: Double, to sum: inout [Double]) {
        vector.withUnsafeBufferPointer { vector in
            sum.withUnsafeMutableBufferPointer { sum in
                for index in sum.indices { sum[index] += factor * vector[index] }
            }
        }
    }
}
