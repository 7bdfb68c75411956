import ArgumentParser
import ClassificationData
import FineTuning
import Inference
import JSONCore

/// Classifies texts.
struct Predict: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Classify texts with a trained checkpoint.",
        usage: "apr predict <checkpoint> [--base <dir>] (--text <text> ... | --data <file> | -) [--json]",
        discussion: """
            Examples:
              apr predict checkpoints/best --text 'rm -rf $dir' 'ls -l'
              apr predict checkpoints/best --data texts.jsonl --json > predictions.jsonl
              tail -f log.jsonl | apr predict checkpoints/best - --json
              echo 'rm -rf $dir' | apr predict checkpoints/best -

            Labels and probabilities follow the thresholds and the temperature that training tuned on its validation \
            rows; --raw leaves them out.

            Input whose first line is no JSON, and a .txt file, has one text a line; blank lines are skipped.

            With --json, one object a line in the order of the input: {"schema_version": 1, "input": …, \
            "label": 1, "label_name": "unsafe", "probabilities": […], "probabilities_by_label": {"safe": 0.1, …}, \
            "logits": […], "truncated": false}; a multi-label classifier has lists "labels" and "label_names". A text that \
            starts with a dash is given as --text=-text.
            """)

    @OptionGroup var classifier: CheckpointArguments
    @OptionGroup var verification: BaseVerificationOptions

    @OptionGroup var texts: TextOptions
    @OptionGroup var length: LengthOptions

    @OptionGroup var decision: DecisionOptions

    @Option(
        help: ArgumentHelp(
            "Show the n most probable classes of each text with their probabilities.", valueName: "n"))
    var topK: Int?

    @Flag(help: "With --json: keep what else is in a row, as an object \"columns\".")
    var keepColumns = false

    @OptionGroup var machine: MachineOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if let topK, topK < 1 { throw ValidationError("--top-k: \(topK); expected at least 1") }
        if keepColumns, !output.json {
            throw ValidationError("--keep-columns needs --json; add it or leave both out.")
        }
    }

    func run() throws {
        var source = try texts.source(keepsColumns: keepColumns)
        let classifier = try decision.applied(
            to: classifier.load(
                machine: machine, console: output.console, maxSeqLength: length.maxSeqLength,
                verifiesBase: verification.verifyBase))
        if case .file(let path, let options) = source {
            source = .file(path, options: classifier.filling(options, console: output.console))
        }
        let view = WorkView(.predicting, console: output.console)
        var (done, tokens, truncated) = (0, 0, 0)
        let console = output.console
        try source.forEachGroup(warn: { console.warning(FlagName.text($0.message)) }) { texts, total in
            let predictions = try classifier.predict(texts.map(\.text)) {
                view.show($0, after: done, tokens: tokens, of: total)
            }
            view.finish()
            done += texts.count
            tokens = view.tokens
            truncated += predictions.count(where: \.isTruncated)
            try StandardOutput.write(
                zip(texts, predictions).map { show($0, $1, by: classifier) + "\n" }.joined(),
                as: output.json ? .data : .words)
        }
        if let warning = classifier.truncationWarning(count: truncated, of: done) {
            output.console.warning(FlagName.text(warning))
        }
    }

    private func show(_ text: UnlabelledText, _ prediction: Prediction, by classifier: Classifier) -> String {
        let shown = PredictionText(
            text: text.text, prediction: prediction, problemType: classifier.problemType,
            names: classifier.labels.names, topK: topK)
        if output.json {
            var object = shown.json
            if let columns = text.columns { object["columns"] = .object(columns) }
            return JSONValue.object(object).encoded()
        }
        return shown.line(width: Terminal.standardOutput.width)
    }
}
