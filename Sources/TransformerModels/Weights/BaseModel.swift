package import CheckpointIO
public import TensorCore

/// A pretrained transformer: the frozen weights that classifiers share.
///
/// Immutable once loaded; any number of classifiers and tasks may use it concurrently.
public final class BaseModel: Sendable {
    /// One layer's frozen weights.
    struct Layer: Sendable {
        let attentionNorms, mlpNorms: BlockNorms
        let queryNorm, keyNorm: Norm?
        let projections: [Projection: LinearWeights]
    }

    /// The head of a base that is a classifier itself.
    struct PretrainedHead: Sendable {
        /// `[K, D]`
        let weight: [Float]
        /// `[K]`, if the family's head has a bias.
        let bias: [Float]?
        /// The number of labels, `K`.
        let numLabels: Int
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
    package let source: ShardedSafetensors
    /// The backbone's name in the files: `model.`, or nothing in a bare backbone.
    let prefix: String
    let embedding: EmbeddingBlock
    let layers: [Layer]
    let finalNorm: Norm?
    let headDense: LinearWeights?
    let pretrainedHead: PretrainedHead?

    /// The number of labels of a base that is a classifier itself; nil without a head.
    public var headLabelCount: Int? { pretrainedHead?.numLabels }

    /// The number of parameters, embedding included; a separate language-model head counts, as in a model's name.
    public let parameterCount: Int

    /// The number of parameters outside the embeddings.
    public var nonEmbeddingParameterCount: Int {
        let heads = config.tieWordEmbeddings || !hasSeparateHead ? 1 : 2
        return parameterCount - heads * config.vocabSize * config.hiddenSize
    }

    private let hasSeparateHead: Bool

    init(_ loader: BaseLoader) throws {
        let config = loader.config
        directory = loader.directory
        self.config = config
        backend = loader.backend
        source = loader.source
        prefix = loader.prefix
        embedding = try loader.embedding()
        layers = try (0..<config.numHiddenLayers).map { try loader.layer($0) }
        finalNorm = try loader.finalNorm()
        headDense = try loader.headDense()
        pretrainedHead = try loader.pretrainedHead()
        weightFiles = source.weightFiles
        hasSeparateHead = source.tensors["lm_head.weight"] != nil
        // With tied embeddings a stored copy of the head is not a parameter of its own.
        let names = config.architecture.names
        parameterCount = loader.source.tensors.values.reduce(0) { sum, tensor in
            let copy = tensor.name == "lm_head.weight" && config.tieWordEmbeddings
            let isHead = tensor.name == names.headWeight || tensor.name == names.headBias
            return copy || isHead ? sum : sum + tensor.elementCount
        }
    }

    /// Reads every weight and refuses a NaN or an infinity.
    ///
    /// It reads the whole model, so it explains numbers that went wrong; it does not precede every pass.
    ///
    /// - Throws: `FileError` naming file and tensor.
    public func checkFinite() throws {
        try source.checkFinite(source.orderedNames.filter { $0 != "lm_head.weight" })
    }

    /// The bytes of the weights that every pass reads: all but the embedding, of which a batch reads a few rows.
    var weightByteCount: Int {
        func bytes(_ norm: Norm?) -> Int {
            (norm?.weight.count ?? 0) * 4 + (norm?.bias?.count ?? 0) * 4
        }
        return layers.reduce(bytes(finalNorm)) { sum, layer in
            let norms = [layer.attentionNorms, layer.mlpNorms].reduce(
                bytes(layer.queryNorm) + bytes(layer.keyNorm)
            ) { $0 + bytes($1.input) + bytes($1.branch) + bytes($1.output) }
            return layer.projections.values.reduce(sum + norms) {
                $0 + $1.weight.byteCount + ($1.bias?.count ?? 0) * 4
            }
        }
    }
}
