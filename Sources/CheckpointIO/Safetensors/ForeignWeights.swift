public import Platform

/// Weights in a directory that are in no form that this program reads.
public struct ForeignWeights: Sendable, Hashable {
    /// The form.
    public enum Form: Sendable, Hashable, CaseIterable {
        /// Shards without their index.
        case shards
        /// safetensors of another layout, as Mistral publishes beside its HuggingFace files.
        case consolidated
        /// Python objects that torch saved.
        case pickle
        /// Files of TensorFlow or Flax.
        case otherFramework
        /// A model of llama.cpp.
        case gguf
        /// A model of an inference runtime.
        case onnx
    }

    /// The form.
    public let form: Form
    /// The first file of that form.
    public let file: String

    /// The foreign weights in a directory without those that this program reads; nil if there are none.
    init?(directory: String) {
        guard let names = try? Directory.names(in: directory) else { return nil }
        for form in Form.allCases {
            guard let file = names.first(where: form.matches) else { continue }
            self.form = form
            self.file = file
            return
        }
        return nil
    }
}

extension ForeignWeights.Form {
    fileprivate func matches(_ name: String) -> Bool {
        func ends(_ endings: String...) -> Bool { endings.contains { name.hasSuffix($0) } }
        return switch self {
        case .shards: name.hasPrefix("model-") && ends(".safetensors")
        case .consolidated: ends(".safetensors")
        case .pickle: ends(".bin", ".bin.index.json", ".pt", ".pth", ".ckpt")
        case .otherFramework: ends(".h5", ".msgpack")
        case .gguf: ends(".gguf")
        case .onnx: ends(".onnx")
        }
    }
}

extension ForeignWeights: ExplainedProblem {
    public var fact: String {
        form == .shards
            ? "holds \(file) without \(ShardIndex.fileName)"
            : "holds its weights as \(file), and no model.safetensors"
    }

    public var remedy: String {
        switch form {
        case .shards: "fetch the index, from the same revision as the weights"
        case .consolidated:
            "rename the file if it holds the tensors of transformers, or fetch model.safetensors"
        case .pickle: "load the model with transformers and save it again: save_pretrained writes safetensors"
        case .otherFramework:
            "load the model with transformers 4 (from_tf=True or from_flax=True) and save it again: save_pretrained writes safetensors"
        case .gguf: "import the GGUF file, which makes a model directory"
        case .onnx: "fetch the model in safetensors; an exported one cannot be trained"
        }
    }
}
