public import JSONCore

/// A base model's `config.json`, as transformers 4 and 5 write it.
public struct ModelConfig: Sendable {
    /// The families whose mathematics this program has.
    public enum Family: String, Sendable, CaseIterable {
        case llama
        case mistral
        case qwen2
        case qwen3

        /// The name of the family's classifier class in transformers.
        public var classifierArchitecture: String {
            switch self {
            case .llama: "LlamaForSequenceClassification"
            case .mistral: "MistralForSequenceClassification"
            case .qwen2: "Qwen2ForSequenceClassification"
            case .qwen3: "Qwen3ForSequenceClassification"
            }
        }
    }

    /// The document, verbatim.
    public let raw: JSONObject
    /// The family, from `model_type`.
    public let family: Family
    /// The width of the hidden states, `D`.
    public let hiddenSize: Int
    /// The number of decoder layers.
    public let numHiddenLayers: Int
    /// The number of query heads, `H`.
    public let numAttentionHeads: Int
    /// The number of key and value heads, `KV`.
    public let numKeyValueHeads: Int
    /// The size of a head, `C`.
    public let headDim: Int
    /// The width of the feed-forward layer, `F`.
    public let intermediateSize: Int
    /// The rows of the embedding.
    public let vocabSize: Int
    /// The longest text.
    public let maxPositionEmbeddings: Int
    /// The epsilon of the norms.
    public let rmsNormEps: Double
    /// Whether the language-model head shares the embedding.
    public let tieWordEmbeddings: Bool
    /// The rotary embedding.
    public let rope: RopeParameters
    /// Per layer, how many keys back a query sees; nil for all.
    public let slidingWindows: [Int?]
    /// The id that pooling skips, if the base names one.
    public let padTokenID: Int32?
    /// Whether queries, keys and values have a bias.
    public let hasQKVBias: Bool
    /// Whether the output projection has a bias.
    public let hasOutputBias: Bool
    /// Whether the feed-forward projections have a bias.
    public let hasMLPBias: Bool

    /// Whether queries and keys are normalised per head.
    public var hasHeadNorms: Bool { family == .qwen3 }
}
