import Foundation
internal import TensorCore

/// Attention of some rows of a batch over all rows of their sequences.
struct AttentionPass {
    let shape: AttentionShape
    let batch: PackedBatch
    /// The rows that ask: all, or the pooled ones.
    let queryRows: [Int]

    func forward(query: Matrix, key: Matrix, value: Matrix) -> Matrix {
        var result = Matrix(rows: query.rows, columns: query.columns)
        for (index, visible) in visibleRows.enumerated() {
            for head in 0..<shape.queryHeads {
                let columns = Columns(shape, head)
                let probabilities = probabilities(query, key, index, visible, columns)
                for (probability, other) in zip(probabilities, visible) {
                    for c in 0..<shape.headDim {
                        result[index, columns.query + c] +=
                            BFloat16.round(probability) * value[other, columns.key + c]
                    }
                }
            }
        }
        return result.rounded
    }

    /// The gradients of queries, keys and values.
    func backward(
        _ dOutput: Matrix, query: Matrix, key: Matrix, value: Matrix
    ) -> (query: Matrix, key: Matrix, value: Matrix) {
        var dQuery = Matrix(rows: query.rows, columns: query.columns)
        var dKey = Matrix(rows: key.rows, columns: key.columns)
        var dValue = Matrix(rows: value.rows, columns: value.columns)
        for (index, visible) in visibleRows.enumerated() {
            for head in 0..<shape.queryHeads {
                let columns = Columns(shape, head)
                let probabilities = probabilities(query, key, index, visible, columns)
                let dProbabilities = visible.map {
                    dot(dOutput, index, columns.query, value, $0, columns.key)
                }
                let mean = zip(probabilities, dProbabilities).reduce(Float(0)) { $0 + $1.0 * $1.1 }
                for (offset, other) in visible.enumerated() {
                    let probability = BFloat16.round(probabilities[offset])
                    let dScore = BFloat16.round(
                        shape.scale * probabilities[offset] * (dProbabilities[offset] - mean))
                    for c in 0..<shape.headDim {
                        dQuery[index, columns.query + c] += dScore * key[other, columns.key + c]
                        dKey[other, columns.key + c] += dScore * query[index, columns.query + c]
                        dValue[other, columns.key + c] += probability * dOutput[index, columns.query + c]
                    }
                }
            }
        }
        return (dQuery.rounded, dKey.rounded, dValue.rounded)
    }

    /// The first columns of a head's query, and of the keys and values that it reads.
    private struct Columns {
        let query, key: Int

        init(_ shape: AttentionShape, _ head: Int) {
            query = head * shape.headDim
            key = head / (shape.queryHeads / shape.keyValueHeads) * shape.headDim
        }
    }

    /// For each query, the rows that it sees.
    private var visibleRows: [ClosedRange<Int>] {
        queryRows.map { row in
            let sequence = (batch.cuSeqlens.firstIndex { $0 > row } ?? 1) - 1
            let (start, end) = (batch.cuSeqlens[sequence], batch.cuSeqlens[sequence + 1])
            let first = shape.slidingWindow.map { max(start, row - $0 + 1) } ?? start
            return first...(shape.isCausal ? row : end - 1)
        }
    }

    private func probabilities(
        _ query: Matrix, _ key: Matrix, _ index: Int, _ visible: ClosedRange<Int>, _ columns: Columns
    ) -> [Float] {
        let scores = visible.map { shape.scale * dot(query, index, columns.query, key, $0, columns.key) }
        let maximum = scores.max() ?? 0
        let weights = scores.map { exp($0 - maximum) }
        let sum = weights.reduce(0, +)
        return weights.map { $0 / sum }
    }

    private func dot(_ left: Matrix, _ i: Int, _ first: Int, _ right: Matrix, _ j: Int, _ second: Int)
        -> Float
    {
        (0..<shape.headDim).reduce(Float(0)) { $0 + left[i, first + $1] * right[j, second + $1] }
    }
}

/// Queries or keys on their way into attention: their heads' norm, then the rotary embedding.
struct HeadsPass {
    let norm: Norm?
    let rotary: RotaryTable?
    let headDim: Int
    /// The rows' positions.
    let positions: [Int32]

    func forward(_ raw: Matrix) -> Matrix {
        rotated(
            norm.forward(raw.reshaped(columns: headDim)).reshaped(columns: raw.columns), inverse: false)
    }

    func backward(_ dResult: Matrix, raw: Matrix) -> Matrix {
        let dNormed = rotated(dResult, inverse: true).reshaped(columns: headDim)
        return norm.backward(dNormed, input: raw.reshaped(columns: headDim)).reshaped(columns: raw.columns)
    }

    private func rotated(_ states: Matrix, inverse: Bool) -> Matrix {
        guard let rotary else { return states }
        let (cosines, sines) = (rotary.cosines.matrix.rounded, rotary.sines.matrix.rounded)
        let half = headDim / 2
        var result = states
        func product(_ left: Float, _ right: Float) -> Float { BFloat16.round(left * right) }
        for row in 0..<states.rows {
            let position = Int(positions[row])
            for low in 0..<states.columns where low % headDim < half {
                let (cosine, plain) = (cosines[position, low % headDim], sines[position, low % headDim])
                let sine = inverse ? -plain : plain
                let (x, y) = (states[row, low], states[row, low + half])
                result[row, low] = product(x, cosine) - product(y, sine)
                result[row, low + half] = product(y, cosine) + product(x, sine)
            }
        }
        return result.rounded
    }
}
