import ArgumentParser
import ClassificationData

/// Texts without labels, and where they come from.
struct TextOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("- reads standard input: JSON lines, or one text a line.", valueName: "-"))
    var standardInput: String?

    @Option(parsing: .upToNextOption, help: ArgumentHelp("One or more texts.", valueName: "text"))
    var text: [String] = []

    @Option(
        help: ArgumentHelp(
            "A file of texts: JSON lines or an array, .csv, .tsv or .txt, also packed as .gz.",
            valueName: "file"))
    var data: String?

    @OptionGroup var columns: ColumnOptions

    /// Where the texts come from.
    ///
    /// - Parameter keepsColumns: whether the rest of a row is kept.
    /// - Throws: `CommandError` unless exactly one source is named.
    func source(keepsColumns: Bool = false) throws -> TextSource {
        try TextSource(
            texts: text, data: data, standardInput: standardInput, columns: columns,
            keepsColumns: keepsColumns)
    }
}

extension TextSource {
    /// The source that the arguments name.
    ///
    /// - Throws: `CommandError` unless they name exactly one.
    init(
        texts: [String], data: String?, standardInput: String?, columns: ColumnOptions, keepsColumns: Bool
    ) throws {
        if let standardInput, standardInput != "-" {
            throw CommandError.usage(
                "unexpected argument \"\(standardInput)\"; give a file with --data, or a text with --text")
        }
        let data = data.map { [$0] } ?? []
        let files = data + (standardInput == nil ? [] : ["-"])
        switch (texts.isEmpty, files.count) {
        case (false, 0): self = .texts(texts)
        case (true, 1):
            var options = try columns.datasetOptions()
            options.keepsColumns = keepsColumns
            self = .file(files[0], options: options)
        case (true, 0):
            throw CommandError.usage(
                "no text; give it with --text TEXT, --data FILE, or - for standard input")
        default: throw CommandError.usage("give one of --text, --data and -, not several")
        }
    }
}
