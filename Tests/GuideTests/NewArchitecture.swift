import Backends
import CheckpointIO
import FineTuning
import Foundation
import JSONCore
import TensorCore
import Testing
import TextTokenization
import TransformerModels

/// The code of FineTuning.docc/NewArchitecture.md.
@Suite struct NewArchitecture {
    @Test func `the guide's family trains`() throws {
        let files = try GuideFiles()
        let corpus = files.corpus
        let base = try files.base(withModelType: "acme")
        let backend = try Device.auto.makeBackend()
        let dataset = try ClassifyDataset.load(path: corpus)
        let config = files.config(epochs: 1)

        // [snippet: train]
        let families = Architecture.all + [.acme]
        let model = try BaseModel.load(directory: base, backend: backend, architectures: families)
        let trainer = try ClassifyTrainer(
            base: model, tokenizer: try Tokenizer(directory: base), config: config)
        let result = try trainer.train(dataset)
        // [end]

        #expect(model.config.slidingWindows == [nil, 16])
        #expect(result.reason == .completed)
        #expect(throws: ModelError.self) { try BaseModel.load(directory: base, backend: backend) }
    }

    @Test func `the guide's encoder reads its configuration`() throws {
        let raw = try JSONParser.parse(
            Array(
                """
                {"model_type": "acme-encoder", "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
                 "intermediate_size": 128, "vocab_size": 100, "max_position_embeddings": 128}
                """.utf8))
        let config = try ModelConfig(
            raw: raw.object ?? JSONObject(), path: "config.json", architectures: [.acmeEncoder])
        #expect(!config.isCausal)
        #expect(config.pooling == .firstToken)
        #expect(config.projections == [.query, .key, .value, .output, .up, .down])
    }
}

// [snippet: decoder]
extension Architecture {
    /// Qwen2 in which every second layer sees the last 16 tokens only.
    static let acme = Architecture(
        modelType: "acme", classifierClass: "AcmeForSequenceClassification", names: .decoder,
        defaultTargetModules: ["q_proj", "v_proj"]
    ) { reader throws(ModelError) in
        var model = try Architecture.qwen2.describe(reader)
        model.slidingWindows = (0..<model.numHiddenLayers).map { $0 % 2 == 0 ? nil : 16 }
        return model
    }
}
// [end]

// [snippet: encoder]
extension Architecture {
    /// An encoder like BERT: post-norm with layer norms, learned positions, no mask, a plain GELU layer.
    static let acmeEncoder = Architecture(
        modelType: "acme-encoder", classifierClass: "AcmeEncoderForSequenceClassification",
        names: .acmeEncoder,
        defaultTargetModules: ["query", "value"]
    ) { reader throws(ModelError) in
        let (hiddenSize, heads) = (try reader.size("hidden_size"), try reader.size("num_attention_heads"))
        let positions = try reader.size("max_position_embeddings")
        var model = TransformerDescription(
            hiddenSize: hiddenSize, numHiddenLayers: try reader.size("num_hidden_layers"),
            numAttentionHeads: heads, numKeyValueHeads: heads, headDim: hiddenSize / heads,
            intermediateSize: try reader.size("intermediate_size"), vocabSize: try reader.size("vocab_size"),
            maxPositionEmbeddings: positions, normEps: try reader.positive("layer_norm_eps") ?? 1e-12,
            positions: .learned(rows: positions, first: 0))
        model.norm = .layer
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
    /// The names of the encoder's tensors.
    static let acmeEncoder = TensorNames(
        adapters: AdapterNaming(
            layerPath: "acme.layers",
            modules: ["query", "key", "value", "out", "up", "down"].map {
                AdapterNaming.Module(path: $0, name: $0)
            },
            headNames: ["classifier.weight", "classifier.bias"]),
        projections: [.query, .key, .value, .output, .up, .down], prefix: "acme.",
        tokens: "embeddings.tokens.weight", positions: "embeddings.positions.weight",
        embeddingNorm: "embeddings.norm", headDense: "pooler",
        attentionNorms: BlockNormNames(output: "attention_norm"),
        mlpNorms: BlockNormNames(output: "output_norm"),
        score: "classifier")
}
// [end]
