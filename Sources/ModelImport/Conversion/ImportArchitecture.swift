/// A model family that can be imported, by the name it has in `general.architecture`.
public enum ImportArchitecture: String, Sendable, Hashable, CaseIterable {
    case llama
    case qwen2
    case qwen3

    /// The family's `model_type` in a HuggingFace config.
    var modelType: String { rawValue }

    /// The name of the language model class in transformers.
    var className: String {
        switch self {
        case .llama: "LlamaForCausalLM"
        case .qwen2: "Qwen2ForCausalLM"
        case .qwen3: "Qwen3ForCausalLM"
        }
    }

    /// Whether query and key rows are stored with the two halves of every head interleaved.
    ///
    /// llama.cpp rotates neighbouring pairs for this family, where transformers rotates halves.
    var interleavesQueryAndKey: Bool { self == .llama }

    /// Whether query, key and value projections have biases.
    var hasAttentionBias: Bool { self == .qwen2 }

    /// Whether queries and keys are normalised per head.
    var hasHeadNorms: Bool { self == .qwen3 }
}
