import ArgumentParser
import ClassificationData
import Evaluation
import FineTuning
import Inference
import JSONCore

/// Writes a classifier as a full model.
struct Merge: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Merge a checkpoint's adapters into its base: one plain HuggingFace model.",
        usage: "apr merge <checkpoint> [--base <dir>] -o <dir> [--dtype fp32|bf16] [--overwrite]",
        discussion: """
            Examples:
              apr merge checkpoints/best -o merged
              apr merge checkpoints/best -o merged --dtype bf16 --overwrite

            AutoModelForSequenceClassification and pipeline load the directory directly. bf16 halves its \
            size and rounds every weight, including what the adapters have learnt, to 8 significant bits.
            """)

    @OptionGroup var classifier: CheckpointArguments

    @Option(
        name: [.customShort("o"), .long], help: ArgumentHelp("The directory to write.", valueName: "dir"))
    var output: String

    @Option(help: "The precision of the written weights.")
    var dtype: ModelMerger.Precision = .float32

    @Flag(help: "Replace a model that is in the directory.")
    var overwrite = false

    @OptionGroup var machine: MachineOptions
    @OptionGroup var reporting: OutputOptions

    func run() throws {
        try ModelDestination(path: output).prepare(overwrite: overwrite)
        let console = reporting.console
        let loaded = try classifier.load(machine: machine, console: console, verifiesBase: true)
        let progress = ShareProgress("writing \(output)", console: console)
        try ModelMerger.merge(loaded, from: classifier.checkpoint, to: output, precision: dtype) {
            progress.update($0)
        }
        progress.finish()
        if let template = loaded.template {
            console.warning(
                "transformers does not know the template \"\(template.escaped)\": put it around every text there; apr reads it from \(output)/metadata.json"
            )
        }
        if reporting.json {
            try StandardOutput.print(JSONValue.object(json(loaded)).encoded(.pretty), as: .data)
        } else {
            try StandardOutput.print(
                "\(output): a full model of \(classifier.checkpoint) and its base, \(dtype.rawValue), in \(NumberFormat.duration(progress.elapsed))"
            )
        }
    }

    private func json(_ classifier: Classifier) -> JSONObject {
        [
            "schema_version": 1, "directory": .string(output),
            "checkpoint": .string(self.classifier.checkpoint),
            "base_directory": .string(classifier.baseDirectory), "dtype": .string(dtype.rawValue),
            "labels": JSONValue(classifier.labels.names),
        ]
    }
}
