import CheckpointIO
import TensorCore
import TransformerModels

/// A family that the program does not know: BERT, described in this file alone.
///
/// It differs from the decoders in every part: post-norm with LayerNorm, learned positions and token types, no mask,
/// a plain GELU layer, biases throughout, and a head with a tanh pooler on the first row.
extension Architecture {
    static let bert = Architecture(
        modelType: "bert", classifierClass: "BertForSequenceClassification", names: .bert,
        defaultTargetModules: ["query", "value"]
    ) { reader throws(ModelError) in
        if let name = try reader.text("hidden_act"), name != "gelu" {
            throw reader.unsupported("activation \"\(name)\" (hidden_act)", ["gelu"])
        }
        if let kind = try reader.text("position_embedding_type"), kind != "absolute" {
            throw reader.unsupported("position_embedding_type \"\(kind)\"", ["absolute"])
        }
        let (hiddenSize, heads) = (try reader.size("hidden_size"), try reader.size("num_attention_heads"))
        guard hiddenSize % heads == 0 else {
            throw reader.invalid("num_attention_heads", expected: "a divisor of hidden_size")
        }
        let positions = try reader.size("max_position_embeddings")
        var model = TransformerDescription(
            hiddenSize: hiddenSize, numHiddenLayers: try reader.size("num_hidden_layers", limit: 1024),
            numAttentionHeads: heads, numKeyValueHeads: heads, headDim: hiddenSize / heads,
            intermediateSize: try reader.size("intermediate_size"), vocabSize: try reader.size("vocab_size"),
            maxPositionEmbeddings: positions, normEps: try reader.positive("layer_norm_eps") ?? 1e-12,
            positions: .learned(rows: positions, first: 0))
        model.padTokenID = try reader.tokenID("pad_token_id", vocabSize: model.vocabSize)
        model.norm = .layer
        model.tokenTypes = try reader.optionalSize("type_vocab_size") ?? 2
        model.isCausal = false
        model.isGated = false
        model.activation = .gelu
        model.biases = [.query, .key, .value, .output, .up, .down]
        model.pooling = .firstToken
        model.headActivation = .tanh
        model.hasHeadBias = true
        return model
    }
}

extension TensorNames {
    /// The names that transformers gives BERT's tensors.
    static let bert = TensorNames(
        adapters: AdapterNaming(
            layerPath: "bert.encoder.layer",
            modules: [
                .init(path: "attention.self.query", name: "query"),
                .init(path: "attention.self.key", name: "key"),
                .init(path: "attention.self.value", name: "value"),
                .init(path: "attention.output.dense", name: "attention_output"),
                .init(path: "intermediate.dense", name: "intermediate"),
                .init(path: "output.dense", name: "output"),
            ],
            headNames: ["classifier.weight", "classifier.bias"]),
        projections: [.query, .key, .value, .output, .up, .down], prefix: "bert.",
        tokens: "embeddings.word_embeddings.weight", positions: "embeddings.position_embeddings.weight",
        tokenTypes: "embeddings.token_type_embeddings.weight", embeddingNorm: "embeddings.LayerNorm",
        headDense: "pooler.dense", attentionNorms: BlockNormNames(output: "attention.output.LayerNorm"),
        mlpNorms: BlockNormNames(output: "output.LayerNorm"), score: "classifier")
}
