import ArgumentParser
import ClassificationData
import Evaluation
import FineTuning
import JSONCore
import Platform
import Reporting

/// Measures a classifier on labelled data.
struct Eval: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure a trained checkpoint on labelled data.",
        usage: "apr eval <checkpoint> [--base <dir>] --data <file> [--json | --json-output <file>]",
        discussion: """
            Examples:
              apr eval checkpoints/best --data test.jsonl
              apr eval checkpoints/best --data test.csv --label-column class --json > report.json
              apr eval checkpoints/best --data test.jsonl --json-output report.json
              apr eval checkpoints/best --data test.jsonl --predictions rows.jsonl

            Reports accuracy, precision, recall and F1 of each class and on average, the confusion matrix, \
            calibration, and 95 % intervals by bootstrap, beside what always naming the most frequent class would \
            reach. Probabilities are those of the temperature, and labels those of the thresholds, that training tuned \
            on its validation rows; --raw leaves both out. Warns when rows were trained on. A label that the checkpoint does not know counts as wrong.
            """)

    @OptionGroup var classifier: CheckpointArguments
    @OptionGroup var verification: BaseVerificationOptions

    @Option(
        help: ArgumentHelp(
            "The labelled data: JSON lines or an array, .csv or .tsv, also packed as .gz; - reads standard input.",
            valueName: "file"))
    var data: String

    @Option(help: ArgumentHelp("Resamples for the intervals; 0 for none.", valueName: "n"))
    var resamples = 1_000

    @Option(help: ArgumentHelp("The seed of the resampling.", valueName: "n"))
    var seed: UInt64 = 42

    @Option(
        help: ArgumentHelp("Also write the JSON report to a file.", valueName: "file"))
    var jsonOutput: String?

    @Option(
        help: ArgumentHelp(
            "Also write every row with its true and its predicted label, one JSON object a line.",
            valueName: "file"))
    var predictions: String?

    @Option(help: ArgumentHelp("Also write a page with charts of the result.", valueName: "file"))
    var report: String?

    @Flag(
        name: .customLong("no-text-in-report"),
        help: "Leave texts of the data out of that page, which shows the most confident mistakes.")
    var leavesTextOut = false

    @OptionGroup var decision: DecisionOptions
    @OptionGroup var length: LengthOptions
    @OptionGroup var columns: ColumnOptions
    @OptionGroup var machine: MachineOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (0...1_000_000).contains(resamples) else {
            throw ValidationError("--resamples: \(resamples); expected 0 to 1000000")
        }
    }

    func run() throws {
        let console = output.console
        let classifier = try decision.applied(
            to: classifier.load(
                machine: machine, console: console, maxSeqLength: length.maxSeqLength,
                verifiesBase: verification.verifyBase))
        var options = classifier.filling(
            try columns.datasetOptions(multiLabel: classifier.problemType == .multiLabel), console: console)
        options.keepsUnknownLabels = true
        let corpus = try ClassifyDataset.load(path: data, options: options, knownLabels: classifier.labels)
        for warning in corpus.warnings {
            // The evaluation says more about it.
            if case .classesWithoutExamples = warning { continue }
            console.warning(FlagName.text(warning.message))
        }
        console.line("evaluating \(NumberFormat.counted(corpus.examples.count, "row"))")
        let view = WorkView(.evaluating, console: console)
        let evaluation = try classifier.evaluate(corpus, resamples: resamples, seed: seed) { view.show($0) }
        view.finish()
        if let warning = evaluation.absentClassWarning { console.warning(warning) }
        if let warning = evaluation.overlapWarning(rows: corpus.examples.count) { console.warning(warning) }
        if let warning = classifier.truncationWarning(
            count: evaluation.truncatedCount, of: corpus.examples.count)
        {
            console.warning(FlagName.text(warning))
        }
        var result = evaluation.json
        result["unknown_labels"] = JSONValue(
            Array(evaluation.labels.names.dropFirst(classifier.labels.count)))
        result["checkpoint"] = .string(self.classifier.checkpoint)
        result["data"] = .string(data)
        let json = JSONValue.object(result).encoded(.pretty) + "\n"
        try StandardOutput.write(
            output.json ? json : evaluation.text, as: output.json ? .data : .words)
        // Written after the printed result, which then survives a failed write.
        for path in [jsonOutput, predictions].compactMap({ $0 }) { AtomicFile.removeAbandoned(beside: path) }
        if let jsonOutput { try AtomicFile.write(Array(json.utf8), to: jsonOutput) }
        if let predictions {
            let text = EvaluatedRows(evaluation: evaluation, corpus: corpus, classifier: classifier).text
            try AtomicFile.write(Array(text.utf8), to: predictions)
        }
        if let report {
            let page = EvaluationReportPage(
                evaluation: evaluation, corpus: corpus, checkpoint: self.classifier.checkpoint, data: data,
                hasTexts: !leavesTextOut)
            try RunReport.write(page.html(classifier), to: report)
        }
    }
}
