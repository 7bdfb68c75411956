import Foundation
internal import TensorCore

/// The layers of a model, forward and backward. Each rounds to bf16 what the torch module or operation would return.

/// A linear layer with its adapter, over the rows of a batch.
struct LinearPass {
    let layer: LoRALinear
    let batch: PackedBatch
    let mask: DropoutMask?

    /// PEFT computes the adapter in fp32, on fp32 weights, and rounds the sum.
    func forward(_ input: Matrix) -> Matrix {
        var base = input.times(transposed: layer.base.weight.matrix)
        if let bias = layer.base.bias { base = base.plus(row: bias.matrix.rounded) }
        guard let adapter = layer.adapter else { return base.rounded }
        let low = branch(adapter, input).times(transposed: adapter.loraA.matrix)
        let delta = low.times(transposed: adapter.loraB.matrix)
        return base.rounded.combined(with: delta) { BFloat16.round($0 + adapter.scaling * $1) }
    }

    /// Adds the adapter's gradients and returns that of the input.
    func backward(_ dOutput: Matrix, input: Matrix) -> Matrix {
        let dBase = dOutput.times(layer.base.weight.matrix).rounded
        guard let adapter = layer.adapter else { return dBase }
        let branch = branch(adapter, input)
        let low = branch.times(transposed: adapter.loraA.matrix)
        let scaled = dOutput.mapped { adapter.scaling * $0 }
        let dLow = scaled.times(adapter.loraB.matrix)
        adapter.dLoraB.add(scaled.transposed.times(low))
        adapter.dLoraA.add(dLow.transposed.times(branch))
        let dBranch = masked(dLow.times(adapter.loraA.matrix), module: adapter.module).rounded
        return dBase.plus(dBranch)
    }

    private func branch(_ adapter: LoRAWeights, _ input: Matrix) -> Matrix {
        masked(input, module: adapter.module)
    }

    private func masked(_ input: Matrix, module: Int) -> Matrix {
        guard let mask else { return input }
        var result = input
        for row in 0..<input.rows {
            for column in 0..<input.columns {
                let factors = mask.factors(
                    sample: batch.sampleIDs[row], token: batch.positions[row], module: module,
                    featureBlock: column / 4)
                result[row, column] *= factors[column % 4]
            }
        }
        return result
    }
}

extension Norm {
    func forward(_ input: Matrix) -> Matrix {
        let weight = weight.matrix.rounded
        var result = input
        for row in 0..<input.rows {
            let (mean, inverse) = statistics(input, row)
            for column in 0..<input.columns {
                let normed = (input[row, column] - mean) * inverse
                switch kind {
                // transformers rounds before it multiplies by the weight.
                case .rms: result[row, column] = weight[0, column] * BFloat16.round(normed)
                case .layer: result[row, column] = weight[0, column] * normed
                }
            }
        }
        if let bias { result = result.plus(row: bias.matrix.rounded) }
        return result.rounded
    }

    /// The gradient of the input; weight and bias are frozen.
    func backward(_ dOutput: Matrix, input: Matrix) -> Matrix {
        let (weight, count) = (weight.matrix.rounded, Float(input.columns))
        var result = input
        for row in 0..<input.rows {
            let (mean, inverse) = statistics(input, row)
            let normed = (0..<input.columns).map { (input[row, $0] - mean) * inverse }
            let gradient = (0..<input.columns).map { column in
                let product = dOutput[row, column] * weight[0, column]
                return kind == .rms ? BFloat16.round(product) : product
            }
            let projection = zip(gradient, normed).reduce(0) { $0 + $1.0 * $1.1 } / count
            let average = kind == .rms ? 0 : gradient.reduce(0, +) / count
            for column in 0..<input.columns {
                result[row, column] = inverse * (gradient[column] - average - normed[column] * projection)
            }
        }
        return result.rounded
    }

    private func statistics(_ input: Matrix, _ row: Int) -> (mean: Float, inverse: Float) {
        let count = Float(input.columns)
        let sum = (0..<input.columns).reduce(Float(0)) { $0 + input[row, $1] }
        let mean = kind == .rms ? 0 : sum / count
        let squares = (0..<input.columns).reduce(Float(0)) {
            $0 + (input[row, $1] - mean) * (input[row, $1] - mean)
        }
        return (mean, 1 / (squares / count + eps).squareRoot())
    }
}

extension Norm? {
    /// The input itself without a norm.
    func forward(_ input: Matrix) -> Matrix { self?.forward(input) ?? input }

    func backward(_ dOutput: Matrix, input: Matrix) -> Matrix {
        self?.backward(dOutput, input: input) ?? dOutput
    }
}

extension Activation {
    func forward(_ input: Matrix) -> Matrix {
        input.mapped { BFloat16.round(Float(valueAndSlope(Double($0)).value)) }
    }

    func backward(_ dOutput: Matrix, input: Matrix) -> Matrix {
        dOutput.combined(with: input) {
            BFloat16.round(Float(Double($0) * valueAndSlope(Double($1)).slope))
        }
    }

    private func valueAndSlope(_ x: Double) -> (value: Double, slope: Double) {
        switch self {
        case .silu:
            let sigmoid = 1 / (1 + exp(-x))
            return (x * sigmoid, sigmoid * (1 + x * (1 - sigmoid)))
        case .gelu:
            let share = erfc(-x / 2.0.squareRoot()) / 2
            return (x * share, share + x * exp(-x * x / 2) / (2 * Double.pi).squareRoot())
        case .geluTanh:
            let factor = (2 / Double.pi).squareRoot()
            let curve = Foundation.tanh(factor * (x + 0.044715 * x * x * x))
            let slope = factor * (1 + 3 * 0.044715 * x * x) * (1 - curve * curve)
            return (x / 2 * (1 + curve), (1 + curve + x * slope) / 2)
        case .relu: return (max(x, 0), x > 0 ? 1 : 0)
        case .tanh: return (Foundation.tanh(x), 1 - Foundation.tanh(x) * Foundation.tanh(x))
        }
    }
}

/// The end of a block: `output(input + branch(x))`, each norm where there is one.
struct ResidualPass {
    let norms: BlockNorms

    /// What the backward pass needs.
    struct State: Sendable {
        let branch, sum: Matrix
    }

    func forward(_ branch: Matrix, adding input: Matrix) -> (output: Matrix, state: State) {
        let sum = input.plus(norms.branch.forward(branch))
        return (norms.output.forward(sum), State(branch: branch, sum: sum))
    }

    func backward(_ dOutput: Matrix, _ state: State) -> (dInput: Matrix, dBranch: Matrix) {
        let dSum = norms.output.backward(dOutput, input: state.sum)
        return (dSum, norms.branch.backward(dSum, input: state.branch))
    }
}
