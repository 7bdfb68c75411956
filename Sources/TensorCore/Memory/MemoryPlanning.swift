/// What a device needs to know about a model to plan its memory.
public struct ModelShape: Sendable, Hashable {
    /// An adapted projection of a layer.
    public struct Adapter: Sendable, Hashable {
        /// The rank, `R`.
        public let rank: Int
        /// The number of inputs.
        public let inputSize: Int
        /// Whether it reads the output of the nonlinearity, which the backward pass then computes again.
        public let readsActivation: Bool

        /// An adapter's dimensions.
        public init(rank: Int, inputSize: Int, readsActivation: Bool) {
            self.rank = rank
            self.inputSize = inputSize
            self.readsActivation = readsActivation
        }
    }

    /// The width of hidden states, `D`.
    public var hiddenSize: Int
    /// The width of the feed-forward layer, `F`.
    public var intermediateSize: Int
    /// Whether the feed-forward layer has a gate.
    public var isGated: Bool
    /// The heads.
    public var attention: AttentionShape
    /// Whether queries and keys are normalised per head.
    public var hasHeadNorms: Bool
    /// The number of norms on the branches and sums of a layer; each keeps its input.
    public var keptNormInputs: Int
    /// The layers below the last one that are trained.
    public var trainedLayers: Int
    /// The different adapters of the layers.
    public var adapters: [Adapter]
    /// The number of trained parameters.
    public var trainedParameterCount: Int
    /// The bytes of the weights that every pass reads.
    public var weightByteCount: Int
    /// Whether adapters drop features; they then need copies of their inputs.
    public var hasDropout: Bool

    /// A model's dimensions.
    public init(
        hiddenSize: Int, intermediateSize: Int, isGated: Bool, attention: AttentionShape, hasHeadNorms: Bool,
        keptNormInputs: Int, trainedLayers: Int, adapters: [Adapter], trainedParameterCount: Int,
        weightByteCount: Int, hasDropout: Bool
    ) {
        self.hiddenSize = hiddenSize
        self.intermediateSize = intermediateSize
        self.isGated = isGated
        self.attention = attention
        self.hasHeadNorms = hasHeadNorms
        self.keptNormInputs = keptNormInputs
        self.trainedLayers = trainedLayers
        self.adapters = adapters
        self.trainedParameterCount = trainedParameterCount
        self.weightByteCount = weightByteCount
        self.hasDropout = hasDropout
    }

    /// What the default bodies of the blocks allocate, in activations.
    ///
    /// - Returns: the elements that a row of a training micro-batch takes, when the layers' activations are kept and
    ///   when layers are computed again on the way back.
    public var activationsPerToken: (keeping: Int, recomputing: Int) {
        let (D, F) = (hiddenSize, intermediateSize)
        let (queryWidth, keyWidth) = (attention.queryWidth, attention.keyWidth)
        let heads = attention.queryHeads + attention.keyValueHeads
        let norms = hasHeadNorms ? queryWidth + keyWidth + heads : 0
        let keptAttention = D + 1 + 2 * queryWidth + 2 * keyWidth + attention.queryHeads + norms
        let keptMLP = D + 1 + (isGated ? 2 : 1) * F + keptNormInputs * (D + 2)
        let lastLayer = 1 + 2 * queryWidth + 2 * keyWidth + attention.queryHeads + norms
        let branch = adapters.map { $0.rank + (hasDropout ? 2 * $0.inputSize : 0) }.max() ?? 0
        let activated = adapters.contains(where: \.readsActivation) ? F : 0
        let scratch = D + max(F + activated + 2 * D, 2 * queryWidth + 2 * keyWidth + norms + 2 * D) + branch
        return (
            D + trainedLayers * (keptAttention + keptMLP) + lastLayer + scratch,
            D + trainedLayers * D + lastLayer + keptAttention + keptMLP + scratch
        )
    }
}

/// The memory that training needs on a device, in bytes.
public struct TrainingMemory: Sendable, Hashable {
    /// Weights, trained state and the scratch memory of products, which do not depend on the batch.
    public let fixed: Int
    /// The bytes per row of a training micro-batch.
    public let perToken: Int
    /// The same if the backward pass computes layers again.
    public let perTokenRecomputing: Int

    /// Bytes.
    public init(fixed: Int, perToken: Int, perTokenRecomputing: Int) {
        self.fixed = fixed
        self.perToken = perToken
        self.perTokenRecomputing = perTokenRecomputing
    }
}

/// What a training run asks of a device.
public struct TrainingDemand: Sendable, Hashable {
    /// The model.
    public var shape: ModelShape
    /// The tokens of the longest text.
    public var longestText: Int
    /// The most tokens that an optimizer step can have.
    public var longestStep: Int
    /// The host memory outside the passes, in bytes: program, tokenizer and corpus.
    public var hostBytes: Int
    /// The user's memory limit in bytes, if there is one.
    public var limit: Int?
    /// The user's limit of tokens per micro-batch, if there is one.
    public var tokenBudget: Int?

    /// A run's demand.
    public init(
        shape: ModelShape, longestText: Int, longestStep: Int, hostBytes: Int, limit: Int? = nil,
        tokenBudget: Int? = nil
    ) {
        self.shape = shape
        self.longestText = longestText
        self.longestStep = longestStep
        self.hostBytes = hostBytes
        self.limit = limit
        self.tokenBudget = tokenBudget
    }
}

/// How a run stays within its memory: the tokens per micro-batch, and which micro-batches compute their layers twice.
public struct TrainingMemoryPlan: Sendable, Hashable {
    /// The most tokens of a micro-batch, unless a single text is longer.
    public let tokenBudget: Int
    /// Whether every micro-batch computes its layers again in the backward pass.
    public let alwaysRecomputes: Bool
    /// The expected peak memory in bytes, mapped weights included.
    public let estimate: Int

    /// A plan.
    public init(tokenBudget: Int, alwaysRecomputes: Bool, estimate: Int) {
        self.tokenBudget = tokenBudget
        self.alwaysRecomputes = alwaysRecomputes
        self.estimate = estimate
    }

    /// With fewer tokens than this, computing layers twice costs less than smaller products.
    private static let fewTokens = 64

    /// The plan for a device with these memory needs.
    ///
    /// - Parameter preferred: the device's token budget if the user gives none.
    /// - Throws: `BackendError.limitTooLow` with the least that is possible.
    public init(_ demand: TrainingDemand, memory: TrainingMemory, preferred: Int) throws(BackendError) {
        let budget = demand.tokenBudget ?? preferred
        let fixed = memory.fixed + demand.hostBytes
        let longest = demand.longestText
        // More tokens than a step has are never needed at once.
        let wanted = min(budget, max(longest, demand.longestStep))
        guard let limit = demand.limit else {
            self.init(
                tokenBudget: budget, alwaysRecomputes: false,
                estimate: fixed + max(wanted * memory.perToken, longest * memory.perTokenRecomputing))
            return
        }
        let least = fixed + longest * memory.perTokenRecomputing
        guard limit >= least else { throw .limitTooLow(limit: limit, least: least) }
        let kept = (limit - fixed) / memory.perToken
        let alwaysRecomputes = kept < min(Self.fewTokens, longest)
        let room = alwaysRecomputes ? (limit - fixed) / memory.perTokenRecomputing : kept
        let tokenBudget = min(budget, room)
        let perToken = alwaysRecomputes ? memory.perTokenRecomputing : memory.perToken
        let recomputed = longest > tokenBudget || alwaysRecomputes ? longest : 0
        self.init(
            tokenBudget: tokenBudget, alwaysRecomputes: alwaysRecomputes,
            estimate: fixed
                + max(min(tokenBudget, wanted) * perToken, recomputed * memory.perTokenRecomputing))
    }

    /// Whether a micro-batch computes its layers again in the backward pass.
    public func recomputes(tokens: Int) -> Bool { alwaysRecomputes || tokens > tokenBudget }
}
