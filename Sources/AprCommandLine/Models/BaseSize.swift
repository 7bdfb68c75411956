import CheckpointIO
import Evaluation
import TransformerModels

/// How many parameters a base has, read from the headers of its files.
struct BaseSize {
    /// How far from the expected size a base may be.
    private static let tolerance = 1.3

    /// The number of parameters as in a model's name: embedding and a separate language-model head included.
    let total: Int
    /// The number outside of those.
    let nonEmbedding: Int

    /// Measures the model in a directory.
    ///
    /// - Throws: `ModelError` or `FileError`.
    init(directory: String) throws {
        let config = try ModelConfig.load(directory: directory)
        let tensors = try ShardedSafetensors(directory: directory).tensors
        let hasOwnHead = tensors["lm_head.weight"] != nil && !config.tieWordEmbeddings
        total = tensors.values.reduce(0) { sum, tensor in
            let isPart = tensor.name != "score.weight" && (tensor.name != "lm_head.weight" || hasOwnHead)
            return isPart ? sum + tensor.elementCount : sum
        }
        nonEmbedding = total - (hasOwnHead ? 2 : 1) * config.vocabSize * config.hiddenSize
    }

    /// Refuses a base that is not of the size a user expects.
    ///
    /// - Throws: `CommandError` with both numbers.
    func check(_ expected: ModelSize, directory: String) throws {
        let fits = [total, nonEmbedding].contains { count in
            let ratio = Double(count) / expected.parameterCount
            return ratio <= Self.tolerance && ratio >= 1 / Self.tolerance
        }
        guard !fits else { return }
        throw CommandError(
            .badData,
            "\(directory): has \(NumberFormat.parameters(total)) parameters (\(NumberFormat.parameters(nonEmbedding)) without embeddings), but --model-size \(expected) was expected; give the right base or leave out --model-size"
        )
    }
}
