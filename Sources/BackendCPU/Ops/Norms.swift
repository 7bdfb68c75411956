import CPUKernels
public import TensorCore

extension CPUBackend {
    public func rmsNorm(_ input: Tensor, weight: Tensor, eps: Float, output: Tensor, inverseRMS: Tensor) {
        let D = input.columns
        precondition(weight.count == D && output.columns == D && inverseRMS.rows == input.rows, "norm shapes")
        let weight = weight.base
        parallel.ranges(of: input.rows, grain: max(1, 8192 / D)) { rows in
            for row in rows {
                cpu_kernels_rms_norm(
                    level.rawValue, input.row(row), weight, output.row(row), D, eps, inverseRMS.row(row))
            }
        }
    }

    public func rmsNormBackward(
        dOutput: Tensor, input: Tensor, weight: Tensor, inverseRMS: Tensor, dInput: Tensor
    ) {
        let D = input.columns
        precondition(weight.count == D && dOutput.columns == D && dInput.columns == D, "norm shapes")
        let weight = weight.base
        parallel.ranges(of: input.rows, grain: max(1, 8192 / D)) { rows in
            for row in rows {
                cpu_kernels_rms_norm_backward(
                    level.rawValue, dOutput.row(row), input.row(row), weight, inverseRMS.row(row)[0],
                    dInput.row(row), D)
            }
        }
    }

    public func layerNorm(
        _ input: Tensor, weight: Tensor, bias: Tensor?, eps: Float, output: Tensor, statistics: Tensor
    ) {
        let D = input.columns
        precondition(
            weight.count == D && bias?.count ?? D == D && output.columns == D && statistics.columns == 2,
            "norm shapes")
        let (weight, bias) = (weight.base, bias?.base)
        parallel.ranges(of: input.rows, grain: max(1, 8192 / D)) { rows in
            for row in rows {
                let (x, y, kept) = (input.row(row), output.row(row), statistics.row(row))
                // Double precision, in the order of the columns: the same bits at every level.
                var sum = 0.0
                for column in 0..<D { sum += Double(x[column]) }
                let mean = Float(sum / Double(D))
                var squares = 0.0
                for column in 0..<D {
                    let centred = Double(x[column] - mean)
                    squares += centred * centred
                }
                let inverse = Float(1 / (squares / Double(D) + Double(eps)).squareRoot())
                for column in 0..<D {
                    y[column] = (x[column] - mean) * inverse * weight[column] + (bias?[column] ?? 0)
                }
                (kept[0], kept[1]) = (mean, inverse)
            }
        }
    }

    public func layerNormBackward(
        dOutput: Tensor, input: Tensor, weight: Tensor, statistics: Tensor, dInput: Tensor
    ) {
        let D = input.columns
        precondition(weight.count == D && dOutput.columns == D && dInput.columns == D, "norm shapes")
        let weight = weight.base
        parallel.ranges(of: input.rows, grain: max(1, 8192 / D)) { rows in
            for row in rows {
                let (g, x, dx) = (dOutput.row(row), input.row(row), dInput.row(row))
                let (mean, inverse) = (statistics.row(row)[0], statistics.row(row)[1])
                var (sum, projection) = (0.0, 0.0)
                for column in 0..<D {
                    let scaled = Double(g[column] * weight[column])
                    sum += scaled
                    projection += scaled * Double((x[column] - mean) * inverse)
                }
                let (meanGradient, meanProjection) = (Float(sum / Double(D)), Float(projection / Double(D)))
                for column in 0..<D {
                    let normed = (x[column] - mean) * inverse
                    dx[column] +=
                        inverse * (g[column] * weight[column] - meanGradient - normed * meanProjection)
                }
            }
        }
    }
}
