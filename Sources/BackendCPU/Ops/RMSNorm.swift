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
}
