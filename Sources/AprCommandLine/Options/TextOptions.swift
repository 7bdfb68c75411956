import ArgumentParser
import ClassificationData

/// Texts without labels, and where they come from.
struct TextOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("- reads JSON lines from standard input.", valueName: "-"))
    var standardInput: String?

    @Option(parsing: .upToNextOption, help: ArgumentHelp("One or more texts.", valueName: "text"))
    var text: [String] = []

    @Option(help: ArgumentHelp("A file of texts: JSON lines, .csv or .tsv.", valueName: "file"))
    var data: String?

    @OptionGroup var columns: ColumnOptions

    /// Where the texts come from.
    ///
    /// - Throws: `CommandError` unless exactly one source is named.
    func source() throws -> TextSource {
        try TextSource(texts: text, data: data, standardInput: standardInput, columns: columns)
    }
}
