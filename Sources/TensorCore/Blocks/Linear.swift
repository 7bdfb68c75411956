/// A frozen linear layer: `y = x W^T + b`.
public struct LinearWeights: Sendable {
    /// `[out, in]`
    public let weight: WeightMatrix
    /// `[1, out]`, fp32, or nil.
    public let bias: Tensor?

    /// A layer's weights.
    public init(weight: WeightMatrix, bias: Tensor?) {
        self.weight = weight
        self.bias = bias
    }
}

/// A low-rank adapter (Hu et al., 2021): adds `scaling * B A dropout(x)`.
public struct LoRAWeights: Sendable {
    /// `[R, in]`
    public let loraA: Tensor
    /// `[out, R]`
    public let loraB: Tensor
    /// Gradients are added here, `[R, in]`.
    public let dLoraA: Tensor
    /// Gradients are added here, `[out, R]`.
    public let dLoraB: Tensor
    /// alpha / R, or alpha / sqrt(R) with rank-stabilised LoRA.
    public let scaling: Float
    /// The adapter's number in the model, which keys its dropout masks.
    public let module: Int

    /// An adapter's parameters and where their gradients go.
    public init(
        loraA: Tensor, loraB: Tensor, dLoraA: Tensor, dLoraB: Tensor, scaling: Float, module: Int
    ) {
        self.loraA = loraA
        self.loraB = loraB
        self.dLoraA = dLoraA
        self.dLoraB = dLoraB
        self.scaling = scaling
        self.module = module
    }
}

/// A linear layer that may carry an adapter.
public struct LoRALinear: Sendable {
    /// The frozen part.
    public let base: LinearWeights
    /// The trained part, or nil.
    public let adapter: LoRAWeights?

    /// A layer with or without adapter.
    public init(base: LinearWeights, adapter: LoRAWeights?) {
        self.base = base
        self.adapter = adapter
    }

    /// The number of outputs.
    public var outputSize: Int { base.weight.rows }
    /// The number of inputs.
    public var inputSize: Int { base.weight.columns }
    /// The floating-point operations of its frozen product over so many rows.
    public func flops(rows: Int) -> Double { 2 * Double(rows) * Double(outputSize) * Double(inputSize) }
}
