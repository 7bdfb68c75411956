import ArgumentParser
import CheckpointIO
import FineTuning
import HuggingFaceHub
import Inference

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
    /// - Parameter verifiesBase: whether every byte of the base is read and its hash compared.
    func load(machine: MachineOptions, console: Console, verifiesBase: Bool) throws -> Classifier {
        let checkpoint = try directory(console: console)
        let base = try baseDirectory(of: checkpoint, console: console)
        let backend = try machine.makeBackend()
        let progress = ShareProgress("loading the base of \(checkpoint)", console: console)
        defer { progress.finish() }
        do {
            return try Classifier.load(
                checkpoint, base: base, backend: backend, verifiesBase: verifiesBase
            ) { progress.update($0) }
        } catch ClassifierError.notACheckpoint(let path) {
            throw Self.notACheckpoint(path)
        }
    }

    /// Where the checkpoint is; one on the Hub is pulled first.
    func directory(console: Console) throws -> String {
        guard let reference = HubModel.reference(checkpoint) else { return checkpoint }
        return try HubModel.directory(of: reference, console: console)
    }

    /// The base that the user names or that is on the Hub, pulled if needed; nil to find it through the checkpoint.
    private func baseDirectory(of checkpoint: String, console: Console) throws -> String? {
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
