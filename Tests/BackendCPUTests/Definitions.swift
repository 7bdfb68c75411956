import Foundation
import TensorCore

/// The simplest definitions of the operations, in double precision: the reference for the backend.
enum Definitions {
    static func rmsNorm(_ x: [Double], weight: [Double], eps: Double) -> [Double] {
        let D = weight.count
        return stride(from: 0, to: x.count, by: D).flatMap { start -> [Double] in
            let row = x[start..<start + D]
            let inverse = 1 / (row.reduce(0) { $0 + $1 * $1 } / Double(D) + eps).squareRoot()
            return zip(row, weight).map { $0 * inverse * $1 }
        }
    }

    static func swiGLU(gate: [Double], up: [Double]) -> [Double] {
        zip(gate, up).map { $0 / (1 + exp(-$0)) * $1 }
    }

    static func matmul(_ left: [Double], _ right: [Double], M: Int, N: Int, K: Int) -> [Double] {
        (0..<M * N).map { index in
            (0..<K).reduce(0) { $0 + left[index / N * K + $1] * right[$1 * N + index % N] }
        }
    }

    static func transpose(_ x: [Double], rows: Int, columns: Int) -> [Double] {
        (0..<rows * columns).map { x[$0 % rows * columns + $0 / rows] }
    }

    /// Rotates the pairs (i, i + C/2) of every head by position * theta^(-2i/C).
    static func rope(_ x: [Double], heads: Int, C: Int, positions: [Int32], angle: (Int, Int) -> Double)
        -> [Double]
    {
        var y = x
        for row in positions.indices {
            for head in 0..<heads {
                for index in 0..<C / 2 {
                    let low = (row * heads + head) * C + index
                    let a = angle(Int(positions[row]), index)
                    y[low] = x[low] * cos(a) - x[low + C / 2] * sin(a)
                    y[low + C / 2] = x[low + C / 2] * cos(a) + x[low] * sin(a)
                }
            }
        }
        return y
    }

    static func attention(
        query: [Double], key: [Double], value: [Double], shape: AttentionShape, cuSeqlens: [Int]
    ) -> [Double] {
        let (H, KV, C) = (shape.queryHeads, shape.keyValueHeads, shape.headDim)
        var output = [Double](repeating: 0, count: query.count)
        for (start, end) in zip(cuSeqlens, cuSeqlens.dropFirst()) {
            for row in start..<end {
                let first = shape.slidingWindow.map { max(start, row - $0 + 1) } ?? start
                for head in 0..<H {
                    let group = head / (H / KV)
                    let last = shape.isCausal ? row : end - 1
                    let scores = (first...last).map { other in
                        (0..<C).reduce(0.0) {
                            $0 + query[(row * H + head) * C + $1] * key[(other * KV + group) * C + $1]
                        } / Double(C).squareRoot()
                    }
                    let maximum = scores.max() ?? 0
                    let weights = scores.map { exp($0 - maximum) }
                    let sum = weights.reduce(0, +)
                    for (index, other) in (first...last).enumerated() {
                        for column in 0..<C {
                            output[(row * H + head) * C + column] +=
                                weights[index] / sum * value[(other * KV + group) * C + column]
                        }
                    }
                }
            }
        }
        return output
    }
}

extension [Float] {
    var doubles: [Double] { map(Double.init) }
}
