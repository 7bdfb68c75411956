import ClassificationData
public import Diagnostics

/// Why a classifier cannot be loaded or used.
public enum ClassifierError: Error, Sendable, Hashable {
    /// The path holds no checkpoint, APR file, adapter or full classifier.
    case notACheckpoint(path: String)
    /// An APR file does not describe a classifier.
    case notAClassifier(path: String, key: String)
    /// The base model is not where the checkpoint says, or the checkpoint does not say where it is.
    case baseNotFound(checkpoint: String, name: String, tried: [String])
    /// A base was named for a full model.
    case needsNoBase(path: String)
    /// A base model's weights are not those the checkpoint was trained on.
    case wrongBase(checkpoint: String, base: String, name: String)
    /// A base model's `config.json` makes another model of the weights than the checkpoint was trained with.
    case wrongBaseConfig(checkpoint: String, base: String, differences: [String])
    /// A tokenizer is not the one the checkpoint was trained with.
    case wrongTokenizer(checkpoint: String, path: String)
    /// The weights do not match the adapter's settings.
    case wrongWeights(path: String, fact: String)
    /// A corpus to evaluate on has other classes.
    case wrongLabels(found: [String], expected: [String])
    /// The output directory of a merged model is that of its checkpoint or base.
    case outputInUse(path: String)
    /// The tokenizer has no token that can be used for padding.
    case noPadToken(directory: String)
    /// transformers would give the pad token other ids or other text.
    case unusablePadToken(path: String, token: String)
    /// A limit of tokens that the base has no positions for.
    case beyondPositions(maxSeqLength: Int, limit: Int)
    /// Logits are not finite although all weights are.
    case overflow(base: String)
    /// A path holds a full model; whether it is a classifier.
    case fullModel(path: String, isClassifier: Bool)
    /// A directory holds the weights of an adapter without its configuration.
    case adapterWithoutConfig(path: String, file: String)
    /// An adapter's weights are in a file of another format.
    case foreignAdapter(path: String, file: String)
    /// An adapter computes a number and no classes.
    case regression(path: String, fact: String)
    /// The decision rule in `metadata.json` is not one for the classifier's labels.
    case wrongDecision(path: String)
    /// The tokenizer produces ids without an embedding in the base.
    case vocabularyMismatch(id: Int, vocabSize: Int)
}

extension ClassifierError: MessageConvertible {
    public var description: String { message.description }

    public var message: Message {
        switch self {
        case .notACheckpoint(let path):
            "\(path): neither a checkpoint directory, a model.apr file, a PEFT adapter nor a model with a head for classification; check the path"
        case .notAClassifier(let path, let key):
            "\(path): \"\(key)\" is missing or wrong in its metadata; give a model.apr that apr finetune has written"
        case .baseNotFound(let checkpoint, let name, let tried):
            "\(checkpoint): its base model \(name) was not found\(tried.isEmpty ? "" : " (tried \(tried.joined(separator: ", ")))"); name its directory with \(setting: .base)"
        case .needsNoBase(let path):
            "\(path): a full model, which needs no base; leave \(setting: .base) out"
        case .wrongBase(let checkpoint, let base, let name):
            "\(base): not the weights that \(checkpoint) was trained on (\(name)): their SHA-256 differ; name the right directory with \(setting: .base)"
        case .wrongBaseConfig(let checkpoint, let base, let differences):
            "\(base)/config.json: not as when \(checkpoint) was trained: \(differences.joined(separator: "; ")); restore the file, or name the right directory with \(setting: .base)"
        case .wrongTokenizer(let checkpoint, let path):
            "\(path): not the tokenizer that \(checkpoint) was trained with: its SHA-256 differs; restore the base's file"
        case .wrongWeights(let path, let fact):
            "\(path): \(fact); the file is damaged or belongs to another adapter"
        case .wrongLabels(let found, let expected):
            "the data has the classes \(LineProblem.listed(found)), the model \(LineProblem.listed(expected)); read the data with the model's classes"
        case .noPadToken(let directory):
            "\(directory): neither config.json nor tokenizer_config.json names a pad or end-of-text token; add \"pad_token_id\" to config.json"
        case .unusablePadToken(let path, let token):
            "\(path): added_tokens: transformers 5 would drop the flags (lstrip, rstrip, single_word, normalized) of the pad token \"\(token)\"; set them to false, or name another pad_token_id in config.json"
        case .beyondPositions(let maxSeqLength, let limit):
            "the base reads at most \(limit) tokens; \(setting: .maxSeqLength, value: "\(maxSeqLength)") goes beyond that"
        case .vocabularyMismatch(let id, let size):
            "tokenizer.json produces id \(id), but the base has \(size) embeddings; use the tokenizer that belongs to the base"
        case .overflow(let base):
            "the logits are not finite numbers although the weights of \(base) and of the adapter are: they exceed single precision; check the adapter's alpha and the scale of the weights"
        case .fullModel(let path, true):
            "\(path): a full classifier, as merging writes it, and no checkpoint; give the checkpoint or the adapter that it was made from, or load it with transformers"
        case .fullModel(let path, false):
            "\(path): a base model and no classifier; give the checkpoint or the adapter that was trained on it"
        case .adapterWithoutConfig(let path, let file):
            "\(path): holds \(file) without adapter_config.json; add the file that PEFT wrote beside it"
        case .foreignAdapter(let path, let file):
            "\(path): the adapter's weights are in \(file), which is not safetensors; load the adapter with PEFT and save it again: PeftModel.save_pretrained writes adapter_model.safetensors"
        case .regression(let path, let fact):
            "\(path): \(fact), as for regression, but this program predicts classes; train a head with one output for each class"
        case .wrongDecision(let path):
            "\(path)/metadata.json: \"decision\" is not a temperature above 0 or a threshold between 0 and 1 for each label; restore the file"
        case .outputInUse(let path):
            "\(path): holds the checkpoint or the base; merged weights and adapters must not share a directory; choose another with \(setting: .output)"
        }
    }
}
