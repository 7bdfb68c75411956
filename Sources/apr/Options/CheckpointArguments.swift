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
        return try Classifier.load(checkpoint, base: base, backend: backend) { progress.update($0) }
    }
}
