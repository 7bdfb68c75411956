import Platform
import TensorCore

/// Causal attention by plain loops, an element at a time.
struct AttentionReference {
    let query, key, value: [Double]
    let shape: AttentionShape
    let batch: PackedBatch

    /// An element of the output `[T, H * C]`.
    func output(_ row: Int, _ column: Int) -> Double {
        let weights = probabilities(row, head: column / shape.headDim)
        let start = self.start(of: row)
        return weights.enumerated().reduce(0) { $0 + $1.element * v(start + $1.offset, column) }
    }

    /// An element of the gradient with respect to the queries.
    func dQuery(_ row: Int, _ column: Int, dOutput: [Double]) -> Double {
        let C = shape.headDim
        let head = column / C
        let start = self.start(of: row)
        let weights = probabilities(row, head: head)
        let dWeights = weights.indices.map { position in
            (head * C..<(head + 1) * C).reduce(0) {
                $0 + dOutput[row * shape.queryHeads * C + $1] * v(start + position, $1)
            }
        }
        let mean = zip(weights, dWeights).reduce(0) { $0 + $1.0 * $1.1 }
        return weights.indices.reduce(0) {
            $0 + weights[$1] * (dWeights[$1] - mean) * k(start + $1, column)
        } * Double(shape.scale)
    }

    private func probabilities(_ row: Int, head: Int) -> [Double] {
        let C = shape.headDim
        let scores = (start(of: row)...row).map { other in
            (head * C..<(head + 1) * C).reduce(0) {
                $0 + query[row * shape.queryHeads * C + $1] * k(other, $1)
            } * Double(shape.scale)
        }
        let largest = scores.max() ?? 0
        let weights = scores.map { exp($0 - largest) }
        let sum = weights.reduce(0, +)
        return weights.map { $0 / sum }
    }

    private func start(of row: Int) -> Int { batch.cuSeqlens.last { $0 <= row } ?? 0 }

    /// A key's element that belongs to a column of the queries.
    private func k(_ row: Int, _ column: Int) -> Double { key[index(row, column)] }
    private func v(_ row: Int, _ column: Int) -> Double { value[index(row, column)] }

    private func index(_ row: Int, _ column: Int) -> Int {
        let (C, KV) = (shape.headDim, shape.keyValueHeads)
        return row * KV * C + column / C / (shape.queryHeads / KV) * C + column % C
    }
}
