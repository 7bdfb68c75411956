public import TensorCore

extension CPUBackend {
    public func rmsNorm(_ input: Tensor, weight: Tensor, eps: Float, output: Tensor, inverseRMS: Tensor) {
        let D = input.columns
        precondition(weight.count == D && output.columns == D && inverseRMS.rows == input.rows, "norm shapes")
        let weight = weight.base
        parallel.ranges(of: input.rows, grain: max(1, 8192 / D)) { rows in
            for row in rows {
                let (x, y) = (input.row(row), output.row(row))
                let inverse = 1 / (dotProduct(x, x, D) / Float(D) + eps).squareRoot()
                inverseRMS.row(row)[0] = inverse
                for column in 0..<D { y[column] = weight[column] * (x[column] * inverse) }
            }
        }
    }

    // With n = x * inverse and g = dOutput * weight: dx = inverse * (g - n * mean(g * n)).
    public func rmsNormBackward(
        dOutput: Tensor, input: Tensor, weight: Tensor, inverseRMS: Tensor, dInput: Tensor
    ) {
        let D = input.columns
        precondition(weight.count == D && dOutput.columns == D && dInput.columns == D, "norm shapes")
        let weight = weight.base
        parallel.ranges(of: input.rows, grain: max(1, 8192 / D)) { rows in
            for row in rows {
                let (x, dy, dx) = (input.row(row), dOutput.row(row), dInput.row(row))
                let inverse = inverseRMS.row(row)[0]
                var lanes = F8(repeating: 0)
                var sum: Float = 0
                var column = 0
                while column + 8 <= D {
                    lanes += dy.load(column) * weight.load(column) * x.load(column)
                    column += 8
                }
                while column < D {
                    sum += dy[column] * weight[column] * x[column]
                    column += 1
                }
                let projection = (lanes.sum() + sum) * inverse * inverse / Float(D)
                for column in 0..<D {
                    dx[column] += inverse * (dy[column] * weight[column] - x[column] * projection)
                }
            }
        }
    }
}
