import CPUKernels
public import TensorCore

extension CPUBackend {
    public func swiGLU(gate: Tensor, up: Tensor, output: Tensor) {
        let F = gate.columns
        precondition(up.columns == F && output.columns == F && up.rows == gate.rows, "SwiGLU shapes")
        parallel.ranges(of: gate.rows, grain: max(1, 4096 / F)) { rows in
            for row in rows {
                cpu_kernels_swiglu(level.rawValue, gate.row(row), up.row(row), output.row(row), F)
            }
        }
    }

    public func swiGLUBackward(dOutput: Tensor, gate: Tensor, up: Tensor) {
        let F = gate.columns
        precondition(up.columns == F && dOutput.columns == F && up.rows == gate.rows, "SwiGLU shapes")
        parallel.ranges(of: gate.rows, grain: max(1, 4096 / F)) { rows in
            for row in rows {
                cpu_kernels_swiglu_backward(
                    level.rawValue, dOutput.row(row), gate.row(row), up.row(row), F)
            }
        }
    }
}
