/// A frozen linear layer: `y = x W^T + b`.
public struct LinearWeights: Sendable {
    /// `[out, in]`
    public let weight: Tensor
    /// `[1, out]`, or nil.
    public let bias: Tensor?

    /// A layer's weights.
    public init(weight: Tensor, bias: Tensor?) {
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

/// The attention half of a decoder layer.
public struct AttentionBlock: Sendable {
    /// `[1, D]`
    public let inputNorm: Tensor
    /// Projections `[H * C, D]`, `[KV * C, D]`, `[KV * C, D]`, `[D, H * C]`.
    public let qProj, kProj, vProj, oProj: LoRALinear
    /// Per-head norms of queries and keys, `[1, C]` (Qwen3), or nil.
    public let queryNorm, keyNorm: Tensor?
    /// Heads, their size and window.
    public let shape: AttentionShape
    /// The rotary embedding.
    public let rotary: RotaryTable
    /// The epsilon of the norms.
    public let eps: Float

    /// A block of weights.
    public init(
        inputNorm: Tensor, qProj: LoRALinear, kProj: LoRALinear, vProj: LoRALinear, oProj: LoRALinear,
        queryNorm: Tensor?, keyNorm: Tensor?, shape: AttentionShape, rotary: RotaryTable, eps: Float
    ) {
        self.inputNorm = inputNorm
        self.qProj = qProj
        self.kProj = kProj
        self.vProj = vProj
        self.oProj = oProj
        self.queryNorm = queryNorm
        self.keyNorm = keyNorm
        self.shape = shape
        self.rotary = rotary
        self.eps = eps
    }
}

/// The feed-forward half of a decoder layer.
public struct MLPBlock: Sendable {
    /// `[1, D]`
    public let postAttentionNorm: Tensor
    /// Projections `[F, D]`, `[F, D]`, `[D, F]`.
    public let gateProj, upProj, downProj: LoRALinear
    /// The epsilon of the norm.
    public let eps: Float

    /// A block of weights.
    public init(
        postAttentionNorm: Tensor, gateProj: LoRALinear, upProj: LoRALinear, downProj: LoRALinear, eps: Float
    ) {
        self.postAttentionNorm = postAttentionNorm
        self.gateProj = gateProj
        self.upProj = upProj
        self.downProj = downProj
        self.eps = eps
    }
}

/// The classification head.
public struct HeadBlock: Sendable {
    /// `[1, D]`
    public let finalNorm: Tensor
    /// `[K, D]`, without bias.
    public let score: Tensor
    /// Gradients are added here, `[K, D]`.
    public let dScore: Tensor
    /// The epsilon of the norm.
    public let eps: Float

    /// A head's weights and where the gradient goes.
    public init(finalNorm: Tensor, score: Tensor, dScore: Tensor, eps: Float) {
        self.finalNorm = finalNorm
        self.score = score
        self.dScore = dScore
        self.eps = eps
    }
}

/// What all blocks of one pass share.
public struct PassContext: Sendable {
    /// The rows.
    public let batch: PackedBatch
    /// The dropout masks of this optimizer step, or nil outside training.
    public let mask: DropoutMask?
    /// Scratch memory.
    public let workspace: Workspace
    /// Whether activations are kept for a backward pass.
    public let keepsActivations: Bool

    /// The context of a pass.
    public init(batch: PackedBatch, mask: DropoutMask?, workspace: Workspace, keepsActivations: Bool) {
        self.batch = batch
        self.mask = mask
        self.workspace = workspace
        self.keepsActivations = keepsActivations
    }

    /// The context of what comes behind the last attention: the pooled rows alone.
    public var pooled: PassContext {
        PassContext(
            batch: batch.pooled, mask: mask, workspace: workspace, keepsActivations: keepsActivations)
    }

    /// The same pass without anything kept.
    public var keepingNothing: PassContext {
        PassContext(batch: batch, mask: mask, workspace: workspace, keepsActivations: false)
    }
}
