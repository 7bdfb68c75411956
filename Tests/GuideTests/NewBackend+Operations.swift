import Foundation
import TensorCore

/// Rows, products and the optimizer.
extension PlainBackend {
    func fill(_ tensor: Tensor, with value: Float) {
        write([Float](repeating: value, count: tensor.count), to: tensor)
    }

    func copy(_ input: Tensor, to output: Tensor) { write(values(of: input), to: output) }

    func accumulate(_ input: Tensor, scale: Float, into output: Tensor) {
        write(zip(values(of: output), values(of: input)).map { $0 + scale * $1 }, to: output)
    }

    func lookUp(
        _ table: WeightMatrix, _ ids: BatchIDs, offset: Int, batch: PreparedBatch, adds: Bool, output: Tensor
    ) {
        let numbers =
            switch ids {
            case .inputIDs: batch.packed.inputIDs
            case .positions: batch.packed.positions
            case .tokenTypeIDs: batch.packed.tokenTypeIDs
            }
        let rows = numbers.flatMap { row(Int($0) + offset, of: table) }
        write(adds ? zip(values(of: output), rows).map { $0 + $1 } : rows, to: output)
    }

    func gatherPooledRows(_ input: Tensor, batch: PreparedBatch, output: Tensor) {
        for (index, row) in batch.packed.pooledRows.enumerated() {
            copy(input.rows(row..<row + 1), to: output.rows(index..<index + 1))
        }
    }

    func scatterAddPooledRows(_ input: Tensor, batch: PreparedBatch, output: Tensor) {
        for (index, row) in batch.packed.pooledRows.enumerated() {
            accumulate(input.rows(index..<index + 1), scale: 1, into: output.rows(row..<row + 1))
        }
    }

    func addBias(_ bias: Tensor, to output: Tensor) {
        let bias = values(of: bias)
        write(values(of: output).enumerated().map { $1 + bias[$0 % bias.count] }, to: output)
    }

    func dropout(_ input: Tensor, mask: DropoutMask, module: Int, batch: PreparedBatch, output: Tensor) {
        let masked = values(of: input).enumerated().map { index, value in
            let (row, column) = index.quotientAndRemainder(dividingBy: input.columns)
            let factors = mask.factors(
                sample: batch.packed.sampleIDs[row], token: batch.packed.positions[row], module: module,
                featureBlock: column / 4)
            return value * factors[column % 4]
        }
        write(masked, to: output)
    }

    // [snippet: product]
    func product(_ input: Tensor, _ weight: WeightMatrix, transposed: Bool, beta: Float, output: Tensor) {
        let product = multiply(
            values(of: input), (weight.rows, weight.columns), plain(weight).values, transposed: transposed)
        // The output's content is undefined where beta is zero.
        write(beta == 0 ? product : zip(values(of: output), product).map { beta * $0 + $1 }, to: output)
    }
    // [end]

    func matmul(
        _ left: Tensor, transposeLeft: Bool, _ right: Tensor, transposeRight: Bool, alpha: Float, beta: Float,
        output: Tensor
    ) {
        var values = values(of: left)
        if transposeLeft {
            let (rows, columns) = (left.rows, left.columns)
            values = (0..<left.count).map { values[$0 % rows * columns + $0 / rows] }
        }
        let product = multiply(
            values, (right.rows, right.columns), self.values(of: right), transposed: transposeRight)
        let old = beta == 0 ? [Float](repeating: 0, count: output.count) : self.values(of: output)
        write(zip(old, product).map { beta * $0 + alpha * $1 }, to: output)
    }

    func decodeRows(_ rows: Range<Int>, of weight: WeightMatrix, output: Tensor) {
        write(rows.flatMap { row($0, of: weight) }, to: output)
    }

    func sumOfSquares(_ tensor: Tensor) -> Double {
        values(of: tensor).reduce(0) { $0 + Double($1) * Double($1) }
    }

    func adamW(
        parameters: Tensor, gradients: Tensor, firstMoments: Tensor, secondMoments: Tensor,
        settings: AdamWStep, gradientScale: Float
    ) {
        var (p, m, v) = (values(of: parameters), values(of: firstMoments), values(of: secondMoments))
        let corrections = (
            1 - pow(settings.beta1, Double(settings.step)), 1 - pow(settings.beta2, Double(settings.step))
        )
        for (index, gradient) in values(of: gradients).enumerated() {
            let g = Double(gradient * gradientScale)
            m[index] = Float(settings.beta1 * Double(m[index]) + (1 - settings.beta1) * g)
            v[index] = Float(settings.beta2 * Double(v[index]) + (1 - settings.beta2) * g * g)
            let denominator = (Double(v[index]) / corrections.1).squareRoot() + settings.eps
            let decayed = Double(p[index]) * (1 - settings.learningRate * settings.weightDecay)
            p[index] = Float(decayed - settings.learningRate * Double(m[index]) / corrections.0 / denominator)
        }
        write(p, to: parameters)
        write(m, to: firstMoments)
        write(v, to: secondMoments)
    }

    /// `left right`, or `left right^T`.
    private func multiply(
        _ left: [Float], _ shape: (rows: Int, columns: Int), _ right: [Float], transposed: Bool
    ) -> [Float] {
        let (N, K) = transposed ? (shape.rows, shape.columns) : (shape.columns, shape.rows)
        let (rowStep, columnStep) = transposed ? (1, shape.columns) : (shape.columns, 1)
        return (0..<left.count / K * N).map { index in
            let (row, column) = index.quotientAndRemainder(dividingBy: N)
            var sum: Float = 0
            for k in 0..<K { sum += left[row * K + k] * right[k * rowStep + column * columnStep] }
            return sum
        }
    }

    private func row(_ index: Int, of matrix: WeightMatrix) -> ArraySlice<Float> {
        plain(matrix).values[index * matrix.columns..<(index + 1) * matrix.columns]
    }

    private func plain(_ matrix: WeightMatrix) -> PlainMatrix {
        guard let matrix = matrix as? PlainMatrix else { preconditionFailure("a foreign matrix") }
        return matrix
    }
}
