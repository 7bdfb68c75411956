import ArgumentParser
import ClassificationData
import FineTuning

/// What is learnt from.
struct DataOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The corpus: JSON lines or an array, .csv or .tsv with a header, also packed as .gz; - reads standard input.",
            valueName: "file"))
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
    @Option(help: .setting(\.template)) var template: TextTemplate?

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
        var options = try columns.datasetOptions(labels: labels?.values, multiLabel: multiLabel)
        let train = try ClassifyDataset.load(path: data, options: options)
        guard let valData else { return (train, nil) }
        options.labels = nil
        options.multiLabel = train.problemType == .multiLabel
        return (train, try ClassifyDataset.load(path: valData, options: options, knownLabels: train.labels))
    }
}

/// How a file is laid out, and where text and labels stand in a row.
struct ColumnOptions: ParsableArguments {
    @Option(help: "The format of the data. (default: by the file's name, otherwise jsonl)")
    var format: DatasetOptions.Format?

    @Option(
        help:
            "Whether fields of CSV and TSV may be in quotes (minimal), or quotes are ordinary characters (none). (default: minimal for CSV, none for TSV)"
    )
    var quoting: DatasetOptions.Quoting?

    @Option(help: ArgumentHelp("The key or column of the text. (default: input or text)", valueName: "name"))
    var inputColumn: String?

    @Option(
        help: ArgumentHelp("Several keys or columns of text, joined by line breaks.", valueName: "a,b"))
    var textColumns: CommaList?

    @Option(
        help: ArgumentHelp("The key or column of the label. (default: label or labels)", valueName: "name"))
    var labelColumn: String?

    @Option(
        help: ArgumentHelp(
            "What separates the labels of a text that has several. (default: | in CSV and TSV)",
            valueName: "text"))
    var labelSeparator: String?

    mutating func fill(from file: inout ConfigFile) {
        file.fill(&format, "format", "jsonl, csv, tsv or text")
        file.fill(&quoting, "quoting", "minimal or none")
        file.fill(&inputColumn, "input-column", "a name")
        file.fill(&textColumns, "text-columns")
        file.fill(&labelColumn, "label-column", "a name")
        file.fill(&labelSeparator, "label-separator", "a text")
    }

    /// The layout that the options describe.
    ///
    /// - Throws: `CommandError` when two of them exclude each other.
    func datasetOptions(labels: [String]? = nil, multiLabel: Bool? = nil) throws -> DatasetOptions {
        if inputColumn != nil, textColumns != nil {
            throw CommandError.usage("--input-column and --text-columns exclude each other; give one of them")
        }
        if let labelSeparator {
            guard !labelSeparator.isEmpty else {
                throw CommandError.usage(
                    "--label-separator is empty; give the text between two labels, such as ';'")
            }
            guard multiLabel != false else {
                throw CommandError.usage(
                    "--label-separator is for texts with several labels, and here each has one; leave it out")
            }
        }
        return DatasetOptions(
            format: format, inputColumn: inputColumn, labelColumn: labelColumn, labels: labels,
            multiLabel: multiLabel, labelSeparator: labelSeparator, textColumns: textColumns?.values,
            quoting: quoting)
    }
}
