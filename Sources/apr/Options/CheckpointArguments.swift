import ArgumentParser
import FineTuning

/// Which trained classifier is used, and where its base is.
struct CheckpointArguments: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "A checkpoint directory, a model.apr file, or a PEFT adapter.", valueName: "checkpoint"))
    var checkpoint: String

    @Option(
        help: ArgumentHelp(
            "The base model's directory or id. (default: found through the checkpoint)", valueName: "dir"))
    var base: String?

    /// Loads the classifier, showing how far it has come.
    func load(machine: MachineOptions, console: Console) throws -> Classifier {
        let backend = try machine.makeBackend()
        let progress = ShareProgress("loading the base of \(checkpoint)", console: console)
        defer { progress.finish() }
        do {
            return try Classifier.load(checkpoint, base: base, backend: backend) { progress.update($0) }
        } catch ClassifierError.notACheckpoint(let path) {
            throw Self.notACheckpoint(path)
        }
    }

    /// Names the checkpoint that may have been meant, where the path is that of a run.
    private static func notACheckpoint(_ path: String) -> any Error {
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
