import ArgumentParser
import ClassificationData
import FineTuning

/// What is learnt from.
struct DataOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The corpus: JSON lines, .csv or .tsv with a header; - reads standard input.", valueName: "file"))
    var data: String?

    @Option(
        help: ArgumentHelp(
            "A separate file of validation data; the corpus is then not split.", valueName: "file"))
    var valData: String?

    @Option(help: .setting(\.valSplit)) var valSplit: Double?

    @OptionGroup var columns: ColumnOptions

    @Option(
        help: ArgumentHelp(
            "The names of the classes in order. (default: taken from the corpus)", valueName: "a,b,c"))
    var labels: CommaList?

    @Flag(
        inversion: .prefixedNo,
        help: "Whether a text can have any number of labels. (default: taken from the corpus; lists mean yes)"
    )
    var multiLabel: Bool?

    @Option(help: .setting(\.maxSeqLength)) var maxSeqLength: Int?

    mutating func fill(from file: inout ConfigFile) {
        file.fill(path: &data, "data")
        file.fill(path: &valData, "val-data")
        columns.fill(from: &file)
        file.fill(&labels, "labels")
        file.fill(&multiLabel, "multi-label")
    }

    /// Reads the corpus, and the validation data where there is any, with the corpus's classes.
    func load() throws -> (train: ClassifyDataset, validation: ClassifyDataset?) {
        guard let data else {
            throw CommandError.usage("no corpus; name it with --data FILE, or --data - for standard input")
        }
        guard data != "-" || valData != "-" else {
            throw CommandError.usage(
                "--data and --val-data cannot both read standard input; name a file for one of them")
        }
        var options = DatasetOptions(
            inputColumn: columns.inputColumn, labelColumn: columns.labelColumn, labels: labels?.values,
            multiLabel: multiLabel)
        let train = try ClassifyDataset.load(path: data, options: options)
        guard let valData else { return (train, nil) }
        options.labels = nil
        options.multiLabel = train.problemType == .multiLabel
        return (train, try ClassifyDataset.load(path: valData, options: options, knownLabels: train.labels))
    }
}

/// Where text and labels stand in a row.
struct ColumnOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The key or column of the text. (default: input or text)", valueName: "name"))
    var inputColumn: String?

    @Option(
        help: ArgumentHelp("The key or column of the label. (default: label or labels)", valueName: "name"))
    var labelColumn: String?

    mutating func fill(from file: inout ConfigFile) {
        file.fill(&inputColumn, "input-column", "a name")
        file.fill(&labelColumn, "label-column", "a name")
    }
}
