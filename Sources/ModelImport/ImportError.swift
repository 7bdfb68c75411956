/// Why a model file cannot be turned into a HuggingFace directory.
public struct ImportError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The rule that was broken.
    public enum Rule: Sendable, Hashable {
        /// The bytes are not an acceptable GGUF file.
        case gguf(GGUFError)
        /// The file says nothing of a kind that is needed.
        case missingMetadata(key: String)
        /// A metadata value of another type than the one needed.
        case wrongMetadataType(key: String, expected: String, got: String)
        /// A metadata value that no model can have.
        case invalidMetadata(key: String, value: String, expected: String)
        /// The model's architecture is not among those imported.
        case unsupportedArchitecture(String)
        /// The model uses something that would be lost.
        case unsupportedFeature(String)
        /// A tensor of a type that is not decoded.
        case unsupportedTensorType(tensor: String, type: GGUFTensorType)
        /// The architecture needs a tensor that the file does not have.
        case missingTensor(String)
        /// The file has a tensor that the architecture does not know.
        case unexpectedTensor(String, architecture: String)
        /// A tensor's shape does not follow from the metadata.
        case wrongShape(tensor: String, expected: [Int], got: [Int])
        /// A tensor holds a number that is none, or that the wanted precision cannot hold.
        case notFinite(tensor: String)
        /// The tokenizer's kind is not among those converted.
        case unsupportedTokenizer(model: String)
        /// The rule by which the tokenizer splits text is not among those known.
        case unsupportedPreTokenizer(String)
        /// A special token's id is not in the vocabulary.
        case tokenIDOutOfRange(key: String, id: Int, vocabularySize: Int)
        /// A metadata array has not one entry for each token.
        case wrongTokenCount(key: String, got: Int, expected: Int)
        /// A merge is not two tokens of the vocabulary that make a third.
        case invalidMerge(index: Int, text: String)
        /// The output directory holds something else already.
        case outputExists
        /// Overwriting would remove files that are not a model's.
        case outputIsNoModel(entry: String)
        /// The source lies in the directory that is to be replaced.
        case outputHoldsSource
    }

    /// The rule that was broken.
    public let rule: Rule
    /// The file or directory concerned.
    public let path: String

    /// Names a broken rule and the file concerned.
    package init(_ rule: Rule, path: String) {
        self.rule = rule
        self.path = path
    }

    public var description: String { "\(path): \(rule.explanation)" }
}

/// A broken rule before the file concerned is known.
struct ImportProblem: Error {
    let rule: ImportError.Rule
    init(_ rule: ImportError.Rule) { self.rule = rule }
}

extension ImportError.Rule {
    fileprivate var explanation: String {
        switch self {
        case .gguf(let error): "\(error)"
        case .missingMetadata(let key):
            "metadata key \"\(key)\" is missing; the file does not describe a model"
        case .wrongMetadataType(let key, let expected, let got):
            "metadata key \"\(key)\" is \(got); \(expected) expected"
        case .invalidMetadata(let key, let value, let expected):
            "metadata key \"\(key)\" is \(value); \(expected) expected"
        case .unsupportedArchitecture(let name):
            "architecture \"\(name)\" is not supported; "
                + "\(ImportArchitecture.allCases.map(\.rawValue).joined(separator: ", ")) are"
        case .unsupportedFeature(let feature): "\(feature) is not supported and cannot be left out"
        case .unsupportedTensorType(let tensor, let type):
            "tensor \"\(tensor)\" is stored as \(type.name), which is not supported; "
                + "\(GGUFTensorType.decodable.map(\.name).joined(separator: ", ")) are"
        case .missingTensor(let name): "tensor \"\(name)\" is missing; is this one part of a split model?"
        case .unexpectedTensor(let name, let architecture):
            "tensor \"\(name)\" is not part of architecture \"\(architecture)\" and cannot be left out"
        case .wrongShape(let tensor, let expected, let got):
            "tensor \"\(tensor)\" has the shape \(got); \(expected) expected from the metadata"
        case .notFinite(let tensor):
            "tensor \"\(tensor)\" holds a NaN or an infinity; fetch the file again, or take another one"
        case .unsupportedTokenizer(let model):
            "tokenizer model \"\(model)\" is not supported; gpt2 and llama are"
        case .unsupportedPreTokenizer(let name):
            "pre-tokenizer \"\(name)\" is not supported; "
                + "\(GGUFPreTokenizer.names.joined(separator: ", ")) are"
        case .tokenIDOutOfRange(let key, let id, let vocabularySize):
            "metadata key \"\(key)\" is \(id), outside a vocabulary of \(vocabularySize)"
        case .wrongTokenCount(let key, let got, let expected):
            "metadata key \"\(key)\" says \(got) for \(expected) tokens"
        case .invalidMerge(let index, let text):
            "merge \(index) (\"\(text)\") is not two tokens of the vocabulary that make a third"
        case .outputExists:
            "the directory exists and is not empty; choose another one or allow overwriting"
        case .outputIsNoModel(let entry):
            "the directory holds \"\(entry)\", which no import wrote; it is not overwritten, choose another one"
        case .outputHoldsSource:
            "the directory holds the file to be imported; it is not overwritten, choose another one"
        }
    }
}
