import Platform
import TensorCore

extension KernelBenchmark {
    /// All operations at the model's sizes.
    func kernels() throws -> [Kernel] {
        try products() + [norm(), normBackward(), activation(), activationBackward()] + attention()
            + [optimizer(), sumOfSquares()]
    }

    private var T: Int { batch.tokenCount }
    private var D: Int { shape.hiddenSize }

    /// The frozen products, forward (`x W^T`) and backward (`dy W`), and the narrow ones of an adapter of rank 16.
    private func products() throws -> [Kernel] {
        var kernels: [Kernel] = []
        for projection in shape.projections where ["q", "k", "gate", "down"].contains(projection.name) {
            kernels += try product(projection.name, inputs: projection.inputs, outputs: projection.outputs)
        }
        return try kernels + product("lora a", inputs: D, outputs: 16)
    }

    private func product(_ name: String, inputs K: Int, outputs N: Int) throws -> [Kernel] {
        let (x, w) = (try tensor(T, K, seed: 1), try tensor(N, K, seed: 2))
        let (y, dx) = (try tensor(T, N, seed: 3), try tensor(T, K, seed: 4))
        let (xs, ws) = (values(x), values(w))
        let flops = 2 * Double(T) * Double(K) * Double(N)
        let bytes = 4 * Double(T * K + K * N + T * N)
        let tolerance = 2e-6 * Double(max(K, N)).squareRoot() + 1e-5
        return [
            Kernel(name: "\(name) forward", flops: flops, bytes: bytes) {
                backend.matmul(
                    x, transposeLeft: false, w, transposeRight: true, alpha: 1, beta: 0, output: y)
            } verify: {
                try check(name, y, tolerance: tolerance) { row, column in
                    (0..<K).reduce(0) { $0 + xs[row * K + $1] * ws[column * K + $1] }
                }
            },
            Kernel(name: "\(name) backward", flops: flops, bytes: bytes) {
                backend.matmul(
                    y, transposeLeft: false, w, transposeRight: false, alpha: 1, beta: 0, output: dx)
            } verify: {
                let ys = values(y)
                try check(name, dx, tolerance: 10 * tolerance * Double(K).squareRoot()) { row, column in
                    (0..<N).reduce(0) { $0 + ys[row * N + $1] * ws[$1 * K + column] }
                }
            },
        ]
    }

    private func norm() throws -> Kernel {
        let (x, y) = (try tensor(T, D, seed: 5), try tensor(T, D, seed: 6))
        let (weight, inverse) = (try tensor(1, D, seed: 7), try tensor(T, 1, seed: 8))
        let (xs, weights) = (values(x), values(weight))
        return Kernel(name: "rms norm", bytes: 8 * Double(T * D)) {
            backend.rmsNorm(x, weight: weight, eps: 1e-5, output: y, inverseRMS: inverse)
        } verify: {
            try check("rms norm", y, tolerance: 1e-5) { row, column in
                weights[column] * xs[row * D + column] * inverseRMS(xs, row)
            }
        }
    }

    private func inverseRMS(_ xs: [Double], _ row: Int) -> Double {
        1 / ((0..<D).reduce(0) { $0 + xs[row * D + $1] * xs[row * D + $1] } / Double(D) + 1e-5).squareRoot()
    }

    private func normBackward() throws -> Kernel {
        let (x, dy, dx) = (try tensor(T, D, seed: 5), try tensor(T, D, seed: 9), try tensor(T, D, seed: 10))
        let (weight, inverse, y) = (
            try tensor(1, D, seed: 7), try tensor(T, 1, seed: 8), try tensor(T, D, seed: 6)
        )
        backend.rmsNorm(x, weight: weight, eps: 1e-5, output: y, inverseRMS: inverse)
        let (xs, dys, weights) = (values(x), values(dy), values(weight))
        return Kernel(name: "rms norm backward", bytes: 16 * Double(T * D)) {
            backend.rmsNormBackward(dOutput: dy, input: x, weight: weight, inverseRMS: inverse, dInput: dx)
        } verify: {
            backend.fill(dx, with: 0)
            backend.rmsNormBackward(dOutput: dy, input: x, weight: weight, inverseRMS: inverse, dInput: dx)
            try check("rms norm backward", dx, tolerance: 1e-5) { row, column in
                let r = inverseRMS(xs, row)
                let dot = (0..<D).reduce(0) { $0 + dys[row * D + $1] * weights[$1] * xs[row * D + $1] }
                return r * weights[column] * dys[row * D + column]
                    - r * r * r * xs[row * D + column] * dot / Double(D)
            }
        }
    }

    private func activation() throws -> Kernel {
        let F = shape.intermediateSize
        let (gate, up, y) = (
            try tensor(T, F, seed: 11), try tensor(T, F, seed: 12), try tensor(T, F, seed: 13)
        )
        let (gates, ups) = (values(gate), values(up))
        return Kernel(name: "swiglu", bytes: 12 * Double(T * F)) {
            backend.gatedActivation(.silu, gate: gate, up: up, output: y)
        } verify: {
            try check("swiglu", y, tolerance: 1e-5) { row, column in
                let g = gates[row * F + column]
                return g / (1 + exp(-g)) * ups[row * F + column]
            }
        }
    }

    private func activationBackward() throws -> Kernel {
        let F = shape.intermediateSize
        let (gate, up, dy) = (
            try tensor(T, F, seed: 11), try tensor(T, F, seed: 12), try tensor(T, F, seed: 14)
        )
        let (gates, ups, dys) = (values(gate), values(up), values(dy))
        return Kernel(name: "swiglu backward", bytes: 20 * Double(T * F)) {
            backend.gatedActivationBackward(.silu, dOutput: dy, gate: gate, up: up)
        } verify: {
            gates.map(Float.init).withUnsafeBufferPointer { backend.upload($0, to: gate) }
            ups.map(Float.init).withUnsafeBufferPointer { backend.upload($0, to: up) }
            backend.gatedActivationBackward(.silu, dOutput: dy, gate: gate, up: up)
            try check("swiglu backward", gate, tolerance: 1e-5) { row, column in
                let (index, g) = (row * F + column, gates[row * F + column])
                let s = 1 / (1 + exp(-g))
                return dys[index] * ups[index] * s * (1 + g * (1 - s))
            }
            try check("swiglu backward", up, tolerance: 1e-5) { row, column in
                let (index, g) = (row * F + column, gates[row * F + column])
                return dys[index] * g / (1 + exp(-g))
            }
        }
    }

    private func attention() throws -> [Kernel] {
        let (H, KV, C) = (shape.queryHeads, shape.keyValueHeads, shape.headDim)
        let attention = AttentionShape(queryHeads: H, keyValueHeads: KV, headDim: C)
        let (query, key) = (try tensor(T, H * C, seed: 15), try tensor(T, KV * C, seed: 16))
        let (value, output) = (try tensor(T, KV * C, seed: 17), try tensor(T, H * C, seed: 18))
        let (logSumExp, dOutput) = (try tensor(T, H, seed: 19), try tensor(T, H * C, seed: 20))
        let (dQuery, dKey, dValue) = (
            try tensor(T, H * C, seed: 21), try tensor(T, KV * C, seed: 22), try tensor(T, KV * C, seed: 23)
        )
        let prepared = try backend.prepare(batch)
        let pairs = zip(batch.cuSeqlens, batch.cuSeqlens.dropFirst()).reduce(0.0) {
            $0 + Double($1.1 - $1.0) * Double($1.1 - $1.0 + 1) / 2
        }
        let flops = 4 * pairs * Double(H * C)
        func forward() {
            backend.attention(
                query: query, key: key, value: value, shape: attention, batch: prepared, output: output,
                logSumExp: logSumExp)
        }
        func backward() {
            backend.attentionBackward(
                dOutput: dOutput, query: query, key: key, value: value, output: output, logSumExp: logSumExp,
                shape: attention, batch: prepared, dQuery: dQuery, dKey: dKey, dValue: dValue)
        }
        let reference = AttentionReference(
            query: values(query), key: values(key), value: values(value), shape: attention, batch: batch)
        return [
            Kernel(name: "attention", flops: flops, bytes: 8 * Double(T * (H + KV) * C), run: forward) {
                try check("attention", output, tolerance: 1e-5, reference.output)
            },
            Kernel(
                name: "attention backward", flops: 2.5 * flops, bytes: 16 * Double(T * (H + KV) * C),
                run: backward
            ) {
                let gradient = values(dOutput)
                try check("attention backward", dQuery, tolerance: 1e-4) {
                    reference.dQuery($0, $1, dOutput: gradient)
                }
            },
        ]
    }

    private func optimizer() throws -> Kernel {
        let count = 1 << 22
        let (p, g, m, v) = (
            try tensor(1, count, seed: 24), try tensor(1, count, seed: 25), try tensor(1, count, seed: 26),
            try tensor(1, count, seed: 27)
        )
        // A mean of squares is never negative.
        backend.fill(v, with: 0)
        let step = AdamWStep(learningRate: 1e-3, step: 3)
        func run() {
            backend.adamW(
                parameters: p, gradients: g, firstMoments: m, secondMoments: v, settings: step,
                gradientScale: 0.5)
        }
        return Kernel(name: "adamw", bytes: 28 * Double(count), run: run) {
            backend.fill(m, with: 0)
            backend.fill(v, with: 0)
            let (before, gradients) = (values(p), values(g))
            run()
            try check("adamw", p, tolerance: 1e-5) { _, column in
                let gradient = 0.5 * gradients[column]
                let first = 0.1 * gradient / (1 - 0.729)
                let second = 0.001 * gradient * gradient / (1 - 0.999 * 0.999 * 0.999)
                return before[column] * (1 - 1e-5) - 1e-3 * first / (second.squareRoot() + 1e-8)
            }
        }
    }

    private func sumOfSquares() throws -> Kernel {
        let values = try tensor(1, 1 << 22, seed: 28)
        let box = Box()
        return Kernel(name: "sum of squares", bytes: 4 * Double(values.count)) {
            box.value = backend.sumOfSquares(values)
        } verify: {
            let expected = self.values(values).reduce(0) { $0 + $1 * $1 }
            guard abs(box.value - expected) < 1e-9 * expected else {
                throw BenchmarkError("sum of squares: \(box.value) instead of \(expected)")
            }
        }
    }

    private final class Box { var value = 0.0 }
}
