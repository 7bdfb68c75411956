import ArgumentParser
import CheckpointIO
import ClassificationData
import Evaluation
import FineTuning
import HuggingFaceHub
import Inference
import TensorCore

/// Whether the base is read in full before it is used.
struct BaseVerificationOptions: ParsableArguments {
    @Flag(
        help:
            "Read every byte of the base and compare its hash. Otherwise apr trusts the hash that it remembers of a file whose inode, size and times have not changed."
    )
    var verifyBase = false
}

/// The trained classifier to use, and its base.
struct CheckpointArguments: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "A checkpoint directory, a model.apr file, a PEFT adapter, a merged model, or the Hub id of a published checkpoint.",
            valueName: "checkpoint"))
    var checkpoint: String

    @Option(
        help: ArgumentHelp(
            "The base model's directory or id. (default: found through the checkpoint)", valueName: "dir"))
    var base: String?

    /// Loads the classifier, showing how far it has come.
    ///
    /// - Parameters:
    ///   - maxSeqLength: the limit of tokens; nil for the classifier's own.
    ///   - verifiesBase: whether every byte of the base is read and its hash compared.
    func load(
        machine: MachineOptions, console: Console, maxSeqLength: Int? = nil, verifiesBase: Bool
    ) throws -> Classifier {
        try Self.load(
            checkpoint, base: base, makeBackend: { try machine.makeBackend() }, console: console,
            maxSeqLength: maxSeqLength, verifiesBase: verifiesBase)
    }

    /// Loads a classifier of any path or Hub id, showing how far it has come.
    ///
    /// - Parameter makeBackend: gives the device, once checkpoint and base are there.
    static func load(
        _ checkpoint: String, base: String?, makeBackend: () throws -> any Backend, console: Console,
        maxSeqLength: Int?, verifiesBase: Bool
    ) throws -> Classifier {
        let checkpoint = try directory(of: checkpoint, console: console)
        let base = try baseDirectory(of: checkpoint, named: base, console: console)
        let backend = try makeBackend()
        let progress = ShareProgress("loading the base of \(checkpoint)", console: console)
        defer { progress.finish() }
        do {
            return try Classifier.load(
                checkpoint, base: base, backend: backend, maxSeqLength: maxSeqLength,
                verifiesBase: verifiesBase
            ) { progress.update($0) }
        } catch ClassifierError.notACheckpoint(let path) {
            throw notACheckpoint(path)
        }
    }

    /// Where the checkpoint is; one on the Hub is pulled first.
    func directory(console: Console) throws -> String {
        try Self.directory(of: checkpoint, console: console)
    }

    private static func directory(of checkpoint: String, console: Console) throws -> String {
        guard let reference = HubModel.reference(checkpoint) else { return checkpoint }
        return try HubModel.directory(of: reference, console: console)
    }

    /// The base that the user names or that is on the Hub, pulled if needed; nil to find it through the checkpoint.
    private static func baseDirectory(
        of checkpoint: String, named base: String?, console: Console
    ) throws -> String? {
        if let base {
            return try HubModel.reference(base).map { try HubModel.directory(of: $0, console: console) }
                ?? base
        }
        guard let adapter = try? AdapterConfig(directory: checkpoint), let name = adapter.baseModelNameOrPath,
            let named = HubModel.reference(name),
            let reference = try? HubReference(id: named.id, revision: adapter.revision)
        else { return nil }
        return try HubModel.directory(of: reference, console: console)
    }

    /// Suggests a checkpoint when the path is a run's.
    static func notACheckpoint(_ path: String) -> any Error {
        let found = (try? RunDirectory.checkpoints(in: path)) ?? []
        guard let name = found.first(where: { $0 == .best }) ?? found.first else {
            return ClassifierError.notACheckpoint(path: path)
        }
        return CommandError(
            .badData,
            "\(path): a run, not a checkpoint; give one of its checkpoints, such as \(path)/\(name.directoryName)"
        )
    }
}

extension Classifier {
    /// The options with the columns and the separator of the classifier's own corpus, where they name none.
    func filling(_ options: DatasetOptions, console: Console) -> DatasetOptions {
        let filled = settings.layout.filling(options)
        if let names = filled.textColumns, options.textColumns == nil {
            console.line(
                "text is \(names.joined(separator: ", ")) of each row, as in training; --input-column or --text-columns names another"
            )
        }
        return filled
    }
}

/// How a classifier decides, where not as it was tuned.
struct DecisionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The probability from which a label of a text with several is predicted, the same for all labels. (default: the checkpoint's thresholds, otherwise 0.5)",
            valueName: "p"))
    var threshold: Double?

    @Flag(
        help:
            "Leave out the thresholds and the temperature of the checkpoint: 0.5 for every label, and the plain softmax."
    )
    var raw = false

    func validate() throws {
        if let threshold, !(0...1).contains(threshold) {
            throw ValidationError("--threshold: \(threshold); expected 0 to 1")
        }
        if threshold != nil, raw {
            throw ValidationError("--threshold and --raw exclude each other; give one of them.")
        }
    }

    /// The classifier as the options have it decide.
    ///
    /// - Throws: `CommandError` for a threshold where each text has one class.
    func applied(to classifier: Classifier) throws -> Classifier {
        if raw { return classifier.deciding(by: .untuned) }
        guard let threshold else { return classifier }
        guard classifier.problemType == .multiLabel else {
            throw CommandError.usage(
                "--threshold is for texts with several labels, and this classifier gives each text one; leave it out"
            )
        }
        return classifier.deciding(
            by: DecisionRule(threshold: threshold, labelCount: classifier.labels.count))
    }
}

/// The limit of tokens, for commands that use a trained classifier.
struct LengthOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Truncate texts to this many tokens. (default: as the checkpoint was trained; for an adapter from elsewhere, what its tokenizer and base allow)",
            valueName: "tokens"))
    var maxSeqLength: Int?

    func validate() throws {
        guard maxSeqLength.map({ $0 > 0 }) ?? true else {
            throw ValidationError("--max-seq-length: \(maxSeqLength ?? 0); expected 1 or more")
        }
    }
}
