public import CheckpointIO

/// Describes a family of models: the meaning of its `config.json`, the names of its tensors, and its names in
/// transformers and PEFT. The layers are composed from it; no other code distinguishes families.
///
/// A new family is a new file beside this one and an entry in `all`: see `Llama.swift`.
public struct Architecture: Sendable {
    /// `model_type` in `config.json`.
    public let modelType: String
    /// The family's classifier class in transformers.
    public let classifierClass: String
    /// The names of its tensors.
    public let names: TensorNames
    /// The projections that PEFT adapts by default.
    public let defaultTargetModules: [String]
    /// The keys of `config.json` that the family knows.
    public let fields: ConfigFields
    /// Reads the family's keys of `config.json`.
    public let describe: @Sendable (ConfigReader) throws(ModelError) -> TransformerDescription

    /// Describes a family.
    ///
    /// - Parameters:
    ///   - fields: what absent keys mean, and which values are refused, before `describe` reads the others.
    ///   - describe: reads the keys.
    public init(
        modelType: String, classifierClass: String, names: TensorNames, defaultTargetModules: [String],
        fields: ConfigFields = ConfigFields(),
        describe: @escaping @Sendable (ConfigReader) throws(ModelError) -> TransformerDescription
    ) {
        self.modelType = modelType
        self.classifierClass = classifierClass
        self.names = names
        self.defaultTargetModules = defaultTargetModules
        self.fields = fields
        self.describe = { reader throws(ModelError) in
            try fields.check(reader)
            return try describe(reader.reading(fields))
        }
    }

    /// The families that this program runs.
    public static let all: [Architecture] = [.llama, .mistral, .qwen2, .qwen3]
}

/// The linear layers of a transformer layer, by their function. Families name them differently.
public enum Projection: Int, Sendable, Hashable, CaseIterable {
    case query, key, value, output
    /// Those of the feed-forward layer; only gated ones have a `gate`.
    case gate, up, down
}

/// The names of a family's tensors.
public struct TensorNames: Sendable {
    /// The names of the projections in a layer and of their adapters' tensors.
    public let adapters: AdapterNaming
    /// Which of `adapters.modules` is which projection.
    public let projections: [Projection: AdapterNaming.Module]
    /// The backbone's name in the classifier, with the dot: `model.`. Files of a bare backbone omit it.
    public let prefix: String
    /// Under the prefix: the embedding of tokens, of learned positions and of token types.
    public let tokens: String
    public let positions: String?
    public let tokenTypes: String?
    /// Under the prefix: the norm of the embedding and of the last hidden states, without `.weight`.
    public let embeddingNorm: String?
    public let finalNorm: String?
    /// Under the prefix: the head's dense layer, without `.weight`.
    public let headDense: String?
    /// In a layer, without `.weight`: the norms around attention and the feed-forward layer, and the heads' norms.
    public let attentionNorms: BlockNormNames
    public let mlpNorms: BlockNormNames
    public let queryNorm, keyNorm: String?
    /// The head, without `.weight`.
    public let score: String

    /// The names of the norms of one half of a layer: see `BlockNorms`.
    public struct BlockNormNames: Sendable {
        public let input, branch, output: String?

        /// The names in a layer, without `.weight`.
        public init(input: String? = nil, branch: String? = nil, output: String? = nil) {
            self.input = input
            self.branch = branch
            self.output = output
        }
    }

    /// The names of a family.
    ///
    /// - Parameter projections: the functions of the modules of `adapters`, in the order of its table.
    public init(
        adapters: AdapterNaming, projections: [Projection], prefix: String, tokens: String,
        positions: String? = nil, tokenTypes: String? = nil, embeddingNorm: String? = nil,
        finalNorm: String? = nil, headDense: String? = nil, attentionNorms: BlockNormNames,
        mlpNorms: BlockNormNames, queryNorm: String? = nil, keyNorm: String? = nil, score: String
    ) {
        precondition(projections.count == adapters.modules.count, "one projection for each module")
        self.adapters = adapters
        self.projections = Dictionary(uniqueKeysWithValues: zip(projections, adapters.modules))
        self.prefix = prefix
        self.tokens = tokens
        self.positions = positions
        self.tokenTypes = tokenTypes
        self.embeddingNorm = embeddingNorm
        self.finalNorm = finalNorm
        self.headDense = headDense
        self.attentionNorms = attentionNorms
        self.mlpNorms = mlpNorms
        self.queryNorm = queryNorm
        self.keyNorm = keyNorm
        self.score = score
    }

    /// The head's tensors: `score.weight`.
    public var headWeight: String { score + ".weight" }
    /// `score.bias`
    public var headBias: String { score + ".bias" }
    /// A tensor that every base of the family has, under the prefix: its norm or, without one, the embedding.
    ///
    /// A checkpoint holds an empty tensor of this name, so that its directory cannot be loaded as a full model.
    public var guardTensor: String { prefix + (finalNorm.map { $0 + ".weight" } ?? tokens) }
    /// The path of a layer in a file whose backbone has this prefix.
    func layer(_ index: Int, prefix: String) -> String {
        // `adapters.layerPath` is the path in the classifier, prefix included.
        prefix + adapters.layerPath.dropFirst(self.prefix.count) + ".\(index)."
    }
    /// A projection's path in the classifier, such as `model.layers.3.self_attn.q_proj`.
    func path(_ projection: Projection, layer: Int) -> String? {
        projections[projection].map { adapters.moduleName(layer: layer, module: $0) }
    }

    /// The names of Llama and of the decoders that follow it.
    public static let decoder = TensorNames(
        adapters: .decoder, projections: Projection.allCases, prefix: "model.", tokens: "embed_tokens.weight",
        finalNorm: "norm", attentionNorms: BlockNormNames(input: "input_layernorm"),
        mlpNorms: BlockNormNames(input: "post_attention_layernorm"), queryNorm: "self_attn.q_norm",
        keyNorm: "self_attn.k_norm", score: "score")
}
