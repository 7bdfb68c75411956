public import TensorCore

/// The structure of a model, as its family reads it from `config.json`.
public struct TransformerDescription: Sendable {
    /// The positions of the tokens.
    public enum Positions: Sendable, Hashable {
        /// The rotary embedding.
        case rotary(RopeParameters)
        /// A learned table with this many rows; position 0 has row `first` (RoBERTa starts after the pad token's
        /// row).
        case learned(rows: Int, first: Int)
    }

    /// The width of the hidden states, `D`.
    public var hiddenSize: Int
    /// The number of layers.
    public var numHiddenLayers: Int
    /// The number of query heads, `H`.
    public var numAttentionHeads: Int
    /// The number of key and value heads, `KV`.
    public var numKeyValueHeads: Int
    /// The size of a head, `C`.
    public var headDim: Int
    /// The width of the feed-forward layer, `F`.
    public var intermediateSize: Int
    /// The rows of the embedding.
    public var vocabSize: Int
    /// The longest text, in tokens.
    public var maxPositionEmbeddings: Int
    /// Whether the language-model head shares the embedding.
    public var tieWordEmbeddings = false
    /// The id that pooling skips, if the base has one.
    public var padTokenID: Int32?

    /// The kind of the norms.
    public var norm = Norm.Kind.rms
    /// The epsilon of the norms.
    public var normEps: Double
    /// The positions of the tokens.
    public var positions: Positions
    /// The rows of the table of token types; 0 without one.
    public var tokenTypes = 0
    /// Whether a query sees only the keys before it.
    public var isCausal = true
    /// Per layer, how many keys back a query sees; nil for all.
    public var slidingWindows: [Int?]
    /// Whether queries and keys are normalised per head.
    public var hasHeadNorms = false
    /// The nonlinearity of the feed-forward layer.
    public var activation = Activation.silu
    /// Whether the feed-forward layer has a gate.
    public var isGated = true
    /// The share of attention weights that transformers drops in training; this program drops none.
    public var attentionDropout = 0.0
    /// The projections that have a bias.
    public var biases: Set<Projection> = []

    /// Which row of a text the head reads.
    public var pooling = Pooling.lastToken
    /// The nonlinearity of the head's dense layer; nil where the head has none.
    public var headActivation: Activation?
    /// Whether the scores have a bias.
    public var hasHeadBias = false

    /// A model of these dimensions, with the decoders' parts unless they are set otherwise.
    public init(
        hiddenSize: Int, numHiddenLayers: Int, numAttentionHeads: Int, numKeyValueHeads: Int, headDim: Int,
        intermediateSize: Int, vocabSize: Int, maxPositionEmbeddings: Int, normEps: Double,
        positions: Positions
    ) {
        self.hiddenSize = hiddenSize
        self.numHiddenLayers = numHiddenLayers
        self.numAttentionHeads = numAttentionHeads
        self.numKeyValueHeads = numKeyValueHeads
        self.headDim = headDim
        self.intermediateSize = intermediateSize
        self.vocabSize = vocabSize
        self.maxPositionEmbeddings = maxPositionEmbeddings
        self.normEps = normEps
        self.positions = positions
        slidingWindows = Array(repeating: nil, count: numHiddenLayers)
    }

    /// The base of the rotary embedding's wavelengths; nil with other positions.
    public var ropeTheta: Double? {
        guard case .rotary(let parameters) = positions else { return nil }
        return parameters.theta
    }

    /// The outputs and inputs of a projection.
    public func shape(of projection: Projection) -> (rows: Int, columns: Int) {
        let (queryWidth, keyWidth) = (numAttentionHeads * headDim, numKeyValueHeads * headDim)
        return switch projection {
        case .query: (queryWidth, hiddenSize)
        case .key, .value: (keyWidth, hiddenSize)
        case .output: (hiddenSize, queryWidth)
        case .gate, .up: (intermediateSize, hiddenSize)
        case .down: (hiddenSize, intermediateSize)
        }
    }

    /// The projections that a layer has, in their order.
    public var projections: [Projection] { Projection.allCases.filter { isGated || $0 != .gate } }
}
