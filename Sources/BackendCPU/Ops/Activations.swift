import CPUKernels
import Foundation
public import TensorCore

extension CPUBackend {
    public func gatedActivation(_ activation: Activation, gate: Tensor, up: Tensor, output: Tensor) {
        let F = gate.columns
        precondition(up.columns == F && output.columns == F && up.rows == gate.rows, "gate shapes")
        parallel.ranges(of: gate.rows, grain: max(1, 4096 / F)) { rows in
            for row in rows {
                if activation == .silu {
                    cpu_kernels_swiglu(level.rawValue, gate.row(row), up.row(row), output.row(row), F)
                    continue
                }
                let (x, u, y) = (gate.row(row), up.row(row), output.row(row))
                for column in 0..<F { y[column] = activation.value(x[column]) * u[column] }
            }
        }
    }

    public func gatedActivationBackward(
        _ activation: Activation, dOutput: Tensor, gate: Tensor, up: Tensor
    ) {
        let F = gate.columns
        precondition(up.columns == F && dOutput.columns == F && up.rows == gate.rows, "gate shapes")
        parallel.ranges(of: gate.rows, grain: max(1, 4096 / F)) { rows in
            for row in rows {
                if activation == .silu {
                    cpu_kernels_swiglu_backward(
                        level.rawValue, dOutput.row(row), gate.row(row), up.row(row), F)
                    continue
                }
                let (g, x, u) = (dOutput.row(row), gate.row(row), up.row(row))
                for column in 0..<F {
                    let (value, slope) = (activation.value(x[column]), activation.slope(x[column]))
                    (x[column], u[column]) = (g[column] * u[column] * slope, g[column] * value)
                }
            }
        }
    }

    public func activation(_ activation: Activation, _ input: Tensor, output: Tensor) {
        precondition(input.rows == output.rows && input.columns == output.columns, "activation shapes")
        parallel.ranges(of: input.rows, grain: max(1, 4096 / input.columns)) { rows in
            for row in rows {
                let (x, y) = (input.row(row), output.row(row))
                for column in 0..<input.columns { y[column] = activation.value(x[column]) }
            }
        }
    }

    public func activationBackward(_ activation: Activation, dOutput: Tensor, input: Tensor) {
        precondition(input.rows == dOutput.rows && input.columns == dOutput.columns, "activation shapes")
        parallel.ranges(of: input.rows, grain: max(1, 4096 / input.columns)) { rows in
            for row in rows {
                let (g, x) = (dOutput.row(row), input.row(row))
                for column in 0..<input.columns { x[column] = g[column] * activation.slope(x[column]) }
            }
        }
    }
}

extension Activation {
    /// The function at a point, in double precision and rounded once.
    fileprivate func value(_ input: Float) -> Float {
        let x = Double(input)
        return switch self {
        case .silu: Float(x / (1 + exp(-x)))
        case .gelu: Float(0.5 * x * erfc(-x / 2.0.squareRoot()))
        case .geluTanh: Float(0.5 * x * (1 + Foundation.tanh(Self.inner(x))))
        case .relu: max(input, 0)
        case .tanh: Float(Foundation.tanh(x))
        }
    }

    /// The derivative at a point.
    fileprivate func slope(_ input: Float) -> Float {
        let x = Double(input)
        switch self {
        case .silu:
            let sigmoid = 1 / (1 + exp(-x))
            return Float(sigmoid * (1 + x * (1 - sigmoid)))
        case .gelu:
            let density = exp(-x * x / 2) / (2 * Double.pi).squareRoot()
            return Float(0.5 * erfc(-x / 2.0.squareRoot()) + x * density)
        case .geluTanh:
            let t = Foundation.tanh(Self.inner(x))
            let dInner = (2 / Double.pi).squareRoot() * (1 + 3 * 0.044715 * x * x)
            return Float(0.5 * (1 + t) + 0.5 * x * (1 - t * t) * dInner)
        case .relu: return input > 0 ? 1 : 0
        case .tanh:
            let t = Foundation.tanh(x)
            return Float(1 - t * t)
        }
    }

    private static func inner(_ x: Double) -> Double {
        (2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)
    }
}
