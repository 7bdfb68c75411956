import CheckpointIO
public import TensorCore

/// A pretrained decoder: the frozen weights that classifiers share.
///
/// Immutable once loaded; any number of classifiers and tasks may use it at once.
public final class BaseModel: Sendable {
    /// One decoder layer's frozen weights.
    struct Layer: Sendable {
        let inputNorm, postAttentionNorm: Tensor
        let queryNorm, keyNorm: Tensor?
        let projections: [ProjectionKind: LinearWeights]
    }

    /// Where the model was read from.
    public let directory: String
    /// The model's configuration.
    public let config: ModelConfig
    /// The device that holds the weights.
    public let backend: any Backend
    /// The files the weights were read from.
    public let weightFiles: [String]

    /// The files, open, with the names of the tensors.
    let source: ShardedSafetensors
    /// What stands before `layers.` in the tensors' names: `model.`, or nothing in a bare backbone.
    let prefix: String
    /// `[V, D]`
    let embedding: Tensor
    let layers: [Layer]
    /// `[1, D]`
    let finalNorm: Tensor
    /// The head the base brings, `[K, D]`, when it is a classifier itself.
    let pretrainedScore: (rows: Int, values: [Float])?

    /// The number of parameters, embedding included; a separate language-model head counts, as in a model's name.
    public let parameterCount: Int

    /// The number of parameters outside the embeddings.
    public var nonEmbeddingParameterCount: Int {
        let heads = config.tieWordEmbeddings || !hasSeparateHead ? 1 : 2
        return parameterCount - heads * config.vocabSize * config.hiddenSize
    }

    private let hasSeparateHead: Bool

    init(
        directory: String, config: ModelConfig, backend: any Backend, source: ShardedSafetensors,
        prefix: String,
        embedding: Tensor, layers: [Layer], finalNorm: Tensor, pretrainedScore: (rows: Int, values: [Float])?
    ) {
        self.directory = directory
        self.config = config
        self.backend = backend
        self.source = source
        self.prefix = prefix
        self.embedding = embedding
        self.layers = layers
        self.finalNorm = finalNorm
        self.pretrainedScore = pretrainedScore
        weightFiles = source.weightFiles
        hasSeparateHead = source.tensors["lm_head.weight"] != nil
        // With tied embeddings a stored copy of the head is not a parameter of its own.
        parameterCount = source.tensors.values.reduce(0) { sum, tensor in
            let copy = tensor.name == "lm_head.weight" && config.tieWordEmbeddings
            return copy || tensor.name == "score.weight" ? sum : sum + tensor.elementCount
        }
    }
}
