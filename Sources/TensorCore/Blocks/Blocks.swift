/// The tables that turn ids into hidden states.
public struct EmbeddingBlock: Sendable {
    /// `[V, D]`
    public let tokens: WeightMatrix
    /// Learned positions, `[positions, D]`, and the row of position 0; or nil.
    public let positions: (table: WeightMatrix, first: Int)?
    /// Token types, `[types, D]`, or nil.
    public let tokenTypes: WeightMatrix?
    /// The norm of the sum, or nil.
    public let norm: Norm?

    /// An embedding's tables.
    public init(
        tokens: WeightMatrix, positions: (table: WeightMatrix, first: Int)? = nil,
        tokenTypes: WeightMatrix? = nil, norm: Norm? = nil
    ) {
        self.tokens = tokens
        self.positions = positions
        self.tokenTypes = tokenTypes
        self.norm = norm
    }
}

/// The attention half of a layer.
public struct AttentionBlock: Sendable {
    /// The norms around it.
    public let norms: BlockNorms
    /// Projections `[H * C, D]`, `[KV * C, D]`, `[KV * C, D]`, `[D, H * C]`.
    public let qProj, kProj, vProj, oProj: LoRALinear
    /// Norms of the heads of queries and keys (Qwen3), or nil.
    public let queryNorm, keyNorm: Norm?
    /// Heads, their size, mask and window.
    public let shape: AttentionShape
    /// The rotary embedding, or nil.
    public var rotary: RotaryTable?

    /// A block of weights.
    public init(
        norms: BlockNorms, qProj: LoRALinear, kProj: LoRALinear, vProj: LoRALinear, oProj: LoRALinear,
        queryNorm: Norm? = nil, keyNorm: Norm? = nil, shape: AttentionShape, rotary: RotaryTable?
    ) {
        self.norms = norms
        self.qProj = qProj
        self.kProj = kProj
        self.vProj = vProj
        self.oProj = oProj
        self.queryNorm = queryNorm
        self.keyNorm = keyNorm
        self.shape = shape
        self.rotary = rotary
    }
}

/// The feed-forward half of a layer: `down(act(gate(x)) * up(x))` with a gate, `down(act(up(x)))` without one.
public struct MLPBlock: Sendable {
    /// The norms around it.
    public let norms: BlockNorms
    /// `[F, D]`, or nil in a plain feed-forward layer.
    public let gateProj: LoRALinear?
    /// `[F, D]`
    public let upProj: LoRALinear
    /// `[D, F]`
    public let downProj: LoRALinear
    /// The nonlinearity.
    public let activation: Activation

    /// A block of weights.
    public init(
        norms: BlockNorms, gateProj: LoRALinear?, upProj: LoRALinear, downProj: LoRALinear,
        activation: Activation
    ) {
        self.norms = norms
        self.gateProj = gateProj
        self.upProj = upProj
        self.downProj = downProj
        self.activation = activation
    }
}

/// The classification head: `score(act(dense(norm(x))))` at the pooled rows.
public struct HeadBlock: Sendable {
    /// The norm of the pooled rows, or nil.
    public let norm: Norm?
    /// A layer before the scores, `[D, D]`, with its nonlinearity; or nil.
    public let dense: (layer: LoRALinear, activation: Activation)?
    /// `[K, D]`, trained.
    public let score: Tensor
    /// Gradients are added here, `[K, D]`.
    public let dScore: Tensor
    /// `[1, K]` and where its gradients are added, trained; or nil.
    public let bias: (value: Tensor, gradient: Tensor)?

    /// A head's weights and where the gradients go.
    public init(
        norm: Norm?, dense: (layer: LoRALinear, activation: Activation)? = nil, score: Tensor, dScore: Tensor,
        bias: (value: Tensor, gradient: Tensor)? = nil
    ) {
        self.norm = norm
        self.dense = dense
        self.score = score
        self.dScore = dScore
        self.bias = bias
    }
}

/// What a backend keeps of a block's forward pass for its backward pass.
///
/// Opaque to the model, which only passes it back: each backend subclasses it and chooses what it keeps and where.
open class KeptActivations: @unchecked Sendable {
    /// Nothing kept.
    public init() {}
}

/// What all blocks of one pass share.
public struct PassContext: Sendable {
    /// The rows.
    public let batch: PreparedBatch
    /// The dropout masks of this optimizer step, or nil outside training.
    public let mask: DropoutMask?
    /// Scratch memory.
    public let workspace: Workspace
    /// Whether activations are kept for a backward pass.
    public let keepsActivations: Bool
    /// The profile that measures the operations, or nil.
    public let profile: OperationProfile?

    /// The context of a pass.
    public init(
        batch: PreparedBatch, mask: DropoutMask?, workspace: Workspace, keepsActivations: Bool,
        profile: OperationProfile? = nil
    ) {
        self.batch = batch
        self.mask = mask
        self.workspace = workspace
        self.keepsActivations = keepsActivations
        self.profile = profile
    }

    /// The context of everything after the last attention: the pooled rows alone.
    public var pooled: PassContext {
        PassContext(
            batch: batch.pooled, mask: mask, workspace: workspace, keepsActivations: keepsActivations,
            profile: profile)
    }

    /// The same pass without anything kept.
    public var keepingNothing: PassContext {
        PassContext(
            batch: batch, mask: mask, workspace: workspace, keepsActivations: false, profile: profile)
    }

    /// Measures the body as an operation if there is a profile.
    ///
    /// - Parameter flops: the floating-point operations of its matrix products.
    public func measure<Value, Failure: Error>(
        _ operation: OperationProfile.Operation, flops: Double = 0, _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        guard let profile else { return try body() }
        return try profile.measure(operation, flops: flops, body)
    }
}
