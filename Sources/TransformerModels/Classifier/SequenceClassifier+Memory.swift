import CheckpointIO
import TensorCore

/// What a classifier takes in memory, in bytes: the arithmetic of what the blocks allocate.
public struct PassMemory: Sendable, Hashable {
    /// Weights, trained state and the scratch memory of products: what is there whatever the batch.
    public let fixed: Int
    /// What a row of a training micro-batch takes.
    public let perToken: Int
    /// The same when layers are computed again on the way back.
    public let perTokenRecomputing: Int
}

extension SequenceClassifier {
    /// What training takes, without the program, the tokenizer and the corpus.
    ///
    /// - Parameter hasDropout: whether adapters drop features, for which they need copies of their inputs.
    public func memory(hasDropout: Bool) -> PassMemory {
        let config = base.config
        let (D, F) = (config.hiddenSize, config.intermediateSize)
        let queryWidth = config.numAttentionHeads * config.headDim
        let keyWidth = config.numKeyValueHeads * config.headDim
        let heads = config.numAttentionHeads + config.numKeyValueHeads
        let norms = config.hasHeadNorms ? queryWidth + keyWidth + heads : 0
        let attention = D + 1 + 2 * queryWidth + 2 * keyWidth + config.numAttentionHeads + norms
        let mlp = D + 1 + 2 * F
        let lastLayer = 1 + 2 * queryWidth + 2 * keyWidth + config.numAttentionHeads + norms

        let branch =
            plan.entries.map { entry in
                entry.rank + (hasDropout ? 2 * entry.kind.shape(config).columns : 0)
            }
            .max() ?? 0
        let activated = plan.entries.contains { $0.kind == .downProj } ? F : 0
        // Rows that would lie a multiple of 4 KiB apart are copied for a product.
        let copied = [D, F, queryWidth, keyWidth].filter { $0 % 1024 == 0 }.max() ?? 0
        let scratch =
            D + max(F + activated + 2 * D, 2 * queryWidth + 2 * keyWidth + norms + 2 * D) + branch + copied
        let trainedLayers = layers.count - 1 - firstTrainedLayer
        let floats = MemoryLayout<Float>.stride

        let weights = base.weightByteCount
        // Parameters, gradients and two moments, and a copy of all but the gradients while a checkpoint is written.
        let state = (4 + 3) * store.count * floats
        // What each thread has packed of a product's weights.
        let packed = (backend.threadCount ?? 1) << 19
        return PassMemory(
            fixed: weights + state + packed,
            perToken: floats * (D + trainedLayers * (attention + mlp) + lastLayer + scratch),
            perTokenRecomputing: floats
                * (D + trainedLayers * D + lastLayer + attention + mlp + scratch))
    }
}

extension BaseModel {
    /// The bytes of the weights that every pass reads: all but the embedding, of which a batch reads a few rows.
    public var weightByteCount: Int {
        let vectors = layers.reduce(finalNorm.storage.byteCount) { sum, layer in
            [layer.inputNorm, layer.postAttentionNorm, layer.queryNorm, layer.keyNorm].reduce(sum) {
                $0 + ($1?.storage.byteCount ?? 0)
            }
        }
        return layers.reduce(vectors) { sum, layer in
            layer.projections.values.reduce(sum) {
                $0 + $1.weight.storage.byteCount + ($1.bias?.storage.byteCount ?? 0)
            }
        }
    }
}
