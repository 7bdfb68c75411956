import ClassificationData

extension TextSource {
    /// The source that the arguments name.
    ///
    /// - Throws: `CommandError` unless they name exactly one.
    init(texts: [String], data: String?, standardInput: String?, columns: ColumnOptions) throws {
        if let standardInput, standardInput != "-" {
            throw CommandError.usage(
                "unexpected argument \"\(standardInput)\"; give a file with --data, or a text with --text")
        }
        let data = data.map { [$0] } ?? []
        let files = data + (standardInput == nil ? [] : ["-"])
        switch (texts.isEmpty, files.count) {
        case (false, 0): self = .texts(texts)
        case (true, 1):
            self = .file(
                files[0],
                options: DatasetOptions(inputColumn: columns.inputColumn, labelColumn: columns.labelColumn))
        case (true, 0):
            throw CommandError.usage(
                "no text; give it with --text TEXT, --data FILE, or - for standard input")
        default: throw CommandError.usage("give one of --text, --data and -, not several")
        }
    }
}
