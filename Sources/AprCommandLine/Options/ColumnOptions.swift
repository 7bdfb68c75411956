import ArgumentParser

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
