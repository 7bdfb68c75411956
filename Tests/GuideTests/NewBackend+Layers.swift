import Foundation
import TensorCore

/// Norms and nonlinearities.
extension PlainBackend {
    // [snippet: norm]
    func rmsNorm(_ input: Tensor, weight: Tensor, eps: Float, output: Tensor, inverseRMS: Tensor) {
        let (D, weight) = (input.columns, values(of: weight))
        for row in 0..<input.rows {
            let x = values(of: input.rows(row..<row + 1))
            let inverse = 1 / (x.reduce(0) { $0 + $1 * $1 } / Float(D) + eps).squareRoot()
            write(zip(x, weight).map { $0 * inverse * $1 }, to: output.rows(row..<row + 1))
            write([inverse], to: inverseRMS.rows(row..<row + 1))
        }
    }

    func rmsNormBackward(dOutput: Tensor, input: Tensor, weight: Tensor, inverseRMS: Tensor, dInput: Tensor) {
        let (D, weight) = (input.columns, values(of: weight))
        for row in 0..<input.rows {
            let rows = row..<row + 1
            let (x, inverse) = (values(of: input.rows(rows)), values(of: inverseRMS.rows(rows))[0])
            let scaled = zip(values(of: dOutput.rows(rows)), weight).map { $0 * $1 }
            let projection = zip(scaled, x).reduce(0) { $0 + $1.0 * $1.1 } * inverse * inverse / Float(D)
            let gradient = zip(scaled, x).map { inverse * ($0 - $1 * projection) }
            write(zip(values(of: dInput.rows(rows)), gradient).map { $0 + $1 }, to: dInput.rows(rows))
        }
    }
    // [end]

    func layerNorm(
        _ input: Tensor, weight: Tensor, bias: Tensor?, eps: Float, output: Tensor, statistics: Tensor
    ) {
        let (D, weight) = (input.columns, values(of: weight))
        let bias = bias.map { values(of: $0) } ?? [Float](repeating: 0, count: D)
        for row in 0..<input.rows {
            let x = values(of: input.rows(row..<row + 1))
            let mean = x.reduce(0, +) / Float(D)
            let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(D)
            let inverse = 1 / (variance + eps).squareRoot()
            write(
                (0..<D).map { (x[$0] - mean) * inverse * weight[$0] + bias[$0] },
                to: output.rows(row..<row + 1))
            write([mean, inverse], to: statistics.rows(row..<row + 1))
        }
    }

    func layerNormBackward(dOutput: Tensor, input: Tensor, weight: Tensor, statistics: Tensor, dInput: Tensor)
    {
        let (D, weight) = (input.columns, values(of: weight))
        for row in 0..<input.rows {
            let rows = row..<row + 1
            let kept = values(of: statistics.rows(rows))
            let normed = values(of: input.rows(rows)).map { ($0 - kept[0]) * kept[1] }
            let scaled = zip(values(of: dOutput.rows(rows)), weight).map { $0 * $1 }
            let mean = scaled.reduce(0, +) / Float(D)
            let projection = zip(scaled, normed).reduce(0) { $0 + $1.0 * $1.1 } / Float(D)
            let gradient = zip(scaled, normed).map { kept[1] * ($0 - mean - $1 * projection) }
            write(zip(values(of: dInput.rows(rows)), gradient).map { $0 + $1 }, to: dInput.rows(rows))
        }
    }

    func activation(_ activation: Activation, _ input: Tensor, output: Tensor) {
        write(values(of: input).map { activation.value(Double($0)) }, to: output)
    }

    func activationBackward(_ activation: Activation, dOutput: Tensor, input: Tensor) {
        write(
            zip(values(of: dOutput), values(of: input)).map { $0 * activation.slope(Double($1)) }, to: input)
    }

    func gatedActivation(_ activation: Activation, gate: Tensor, up: Tensor, output: Tensor) {
        write(zip(values(of: gate), values(of: up)).map { activation.value(Double($0)) * $1 }, to: output)
    }

    func gatedActivationBackward(_ activation: Activation, dOutput: Tensor, gate: Tensor, up: Tensor) {
        let (g, x, u) = (values(of: dOutput), values(of: gate), values(of: up))
        write(g.indices.map { g[$0] * u[$0] * activation.slope(Double(x[$0])) }, to: gate)
        write(g.indices.map { g[$0] * activation.value(Double(x[$0])) }, to: up)
    }
}

extension Activation {
    private static func inner(_ x: Double) -> Double {
        (2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)
    }

    fileprivate func value(_ x: Double) -> Float {
        switch self {
        case .silu: Float(x / (1 + exp(-x)))
        case .gelu: Float(x / 2 * erfc(-x / 2.0.squareRoot()))
        case .geluTanh: Float(x / 2 * (1 + Foundation.tanh(Self.inner(x))))
        case .relu: Float(max(x, 0))
        case .tanh: Float(Foundation.tanh(x))
        }
    }

    /// The derivative, by a central difference in double precision.
    fileprivate func slope(_ x: Double) -> Float {
        let step = 1e-5
        func exact(_ x: Double) -> Double {
            switch self {
            case .silu: x / (1 + exp(-x))
            case .gelu: x / 2 * erfc(-x / 2.0.squareRoot())
            case .geluTanh: x / 2 * (1 + Foundation.tanh(Self.inner(x)))
            case .relu: max(x, 0)
            case .tanh: Foundation.tanh(x)
            }
        }
        return Float((exact(x + step) - exact(x - step)) / (2 * step))
    }
}

/// Attention.
extension PlainBackend {
    func rotary(_ states: Tensor, table: RotaryTable, batch: PreparedBatch, inverse: Bool) {
        var x = values(of: states)
        let (cosines, sines) = (values(of: table.cosines), values(of: table.sines))
        let (C, half) = (table.headDim, table.headDim / 2)
        for low in x.indices where low % C < half {
            let angle = Int(batch.packed.positions[low / states.columns]) * half + low % C
            let (cosine, sine) = (cosines[angle], inverse ? -sines[angle] : sines[angle])
            (x[low], x[low + half]) = (
                x[low] * cosine - x[low + half] * sine, x[low + half] * cosine + x[low] * sine
            )
        }
        write(x, to: states)
    }

    func attention(
        query: Tensor, key: Tensor, value: Tensor, shape: AttentionShape, batch: PreparedBatch,
        output: Tensor, logSumExp: Tensor
    ) {
        let (q, k, v, C) = (values(of: query), values(of: key), values(of: value), shape.headDim)
        var result = [Float](repeating: 0, count: output.count)
        var sums = [Float](repeating: 0, count: logSumExp.count)
        eachHead(shape, batch) { row, head, visible, at in
            let scores = visible.map { other in
                shape.scale * (0..<C).reduce(Float(0)) { $0 + q[at.query + $1] * k[at.key(other) + $1] }
            }
            let maximum = scores.max() ?? 0
            let sum = maximum + log(scores.reduce(0) { $0 + exp($1 - maximum) })
            for (score, other) in zip(scores, visible) {
                for c in 0..<C { result[at.query + c] += exp(score - sum) * v[at.key(other) + c] }
            }
            sums[row * shape.queryHeads + head] = sum
        }
        write(result, to: output)
        write(sums, to: logSumExp)
    }

    func attentionBackward(
        dOutput: Tensor, query: Tensor, key: Tensor, value: Tensor, output: Tensor, logSumExp: Tensor,
        shape: AttentionShape, batch: PreparedBatch, dQuery: Tensor, dKey: Tensor, dValue: Tensor
    ) {
        let (q, k, v, C) = (values(of: query), values(of: key), values(of: value), shape.headDim)
        let (g, sums) = (values(of: dOutput), values(of: logSumExp))
        var dQ = [Float](repeating: 0, count: q.count)
        var (dK, dV) = ([Float](repeating: 0, count: k.count), [Float](repeating: 0, count: v.count))
        eachHead(shape, batch) { row, head, visible, at in
            func dot(_ left: [Float], _ i: Int, _ right: [Float], _ j: Int) -> Float {
                (0..<C).reduce(Float(0)) { $0 + left[i + $1] * right[j + $1] }
            }
            let probabilities = visible.map {
                exp(shape.scale * dot(q, at.query, k, at.key($0)) - sums[row * shape.queryHeads + head])
            }
            let dProbabilities = visible.map { dot(g, at.query, v, at.key($0)) }
            let mean = zip(probabilities, dProbabilities).reduce(0) { $0 + $1.0 * $1.1 }
            for (index, other) in visible.enumerated() {
                let dScore = shape.scale * probabilities[index] * (dProbabilities[index] - mean)
                for c in 0..<C {
                    dQ[at.query + c] += dScore * k[at.key(other) + c]
                    dK[at.key(other) + c] += dScore * q[at.query + c]
                    dV[at.key(other) + c] += probabilities[index] * g[at.query + c]
                }
            }
        }
        write(dQ, to: dQuery)
        write(dK, to: dKey)
        write(dV, to: dValue)
    }

    /// The offset of a head's query, and of the keys and values that it looks at.
    private struct HeadOffsets {
        let query: Int
        let key: (Int) -> Int
    }

    /// Calls the body for each row and head, with the rows that the head sees.
    private func eachHead(
        _ shape: AttentionShape, _ batch: PreparedBatch,
        _ body: (Int, Int, ClosedRange<Int>, HeadOffsets) -> Void
    ) {
        let (H, KV, C) = (shape.queryHeads, shape.keyValueHeads, shape.headDim)
        let offsets = batch.packed.cuSeqlens
        for (start, end) in zip(offsets, offsets.dropFirst()) {
            for row in start..<end {
                let first = shape.slidingWindow.map { max(start, row - $0 + 1) } ?? start
                let visible = first...(shape.isCausal ? row : end - 1)
                for head in 0..<H {
                    let at = HeadOffsets(query: (row * H + head) * C) { ($0 * KV + head / (H / KV)) * C }
                    body(row, head, visible, at)
                }
            }
        }
    }
}
