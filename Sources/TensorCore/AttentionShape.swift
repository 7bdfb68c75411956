/// The shape of an attention operation.
public struct AttentionShape: Sendable, Hashable {
    /// The number of query heads, `H`.
    public let queryHeads: Int
    /// The number of key and value heads, `KV`.
    public let keyValueHeads: Int
    /// The size of a head, `C`.
    public let headDim: Int
    /// Whether a query sees no key behind its own position.
    public let isCausal: Bool
    /// How many keys back a query sees, itself included, or nil for all. Causal attention only.
    public let slidingWindow: Int?

    /// What scores are multiplied by: 1 / sqrt(C).
    public var scale: Float { 1 / Float(headDim).squareRoot() }
    /// The columns of the queries, `H * C`.
    public var queryWidth: Int { queryHeads * headDim }
    /// The columns of the keys and of the values, `KV * C`.
    public var keyWidth: Int { keyValueHeads * headDim }

    /// A shape.
    ///
    /// - Precondition: the query heads are a multiple of the key and value heads.
    public init(
        queryHeads: Int, keyValueHeads: Int, headDim: Int, isCausal: Bool = true, slidingWindow: Int? = nil
    ) {
        precondition(
            keyValueHeads > 0 && queryHeads % keyValueHeads == 0, "\(queryHeads) heads over \(keyValueHeads)")
        precondition(isCausal || slidingWindow == nil, "a window needs a causal mask")
        self.queryHeads = queryHeads
        self.keyValueHeads = keyValueHeads
        self.headDim = headDim
        self.isCausal = isCausal
        self.slidingWindow = slidingWindow
    }
}

/// Cosines and sines of the rotary embedding (Su et al., 2021), for every position up to the longest.
public struct RotaryTable: Sendable {
    /// `[positions, C / 2]`
    public let cosines: Tensor
    /// `[positions, C / 2]`
    public let sines: Tensor
    /// The size of a head, `C`. Element `i` is paired with element `i + C / 2`, as in HuggingFace.
    public let headDim: Int

    /// Tables in a backend's memory.
    public init(cosines: Tensor, sines: Tensor, headDim: Int) {
        self.cosines = cosines
        self.sines = sines
        self.headDim = headDim
    }
}
