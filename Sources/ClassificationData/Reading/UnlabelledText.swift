/// One text without a label, for prediction.
public struct UnlabelledText: Sendable, Hashable {
    /// The text of the file.
    public let text: String
    /// The line of the file it starts on, from 1.
    public let line: Int

    /// Reads the texts of a file, or of standard input for `-`; labels are ignored.
    ///
    /// - Throws: `DatasetError` as for a corpus; a file without rows gives an empty array.
    public static func load(
        path: String, options: DatasetOptions = DatasetOptions()
    ) throws(DatasetError) -> [UnlabelledText] {
        try load(CorpusInput(path: path, options: options), options: options)
    }

    /// Reads the texts of a file in memory.
    public static func load(
        bytes: [UInt8], name: String, options: DatasetOptions = DatasetOptions()
    ) throws(DatasetError) -> [UnlabelledText] {
        try load(CorpusInput(bytes: bytes, name: name, options: options), options: options)
    }

    private static func load(
        _ input: CorpusInput, options: DatasetOptions
    ) throws(DatasetError) -> [UnlabelledText] {
        let rows = try input.rows(options: options, labelled: false).rows
        guard rows.badLines.count == 0 else {
            throw .badLines(source: input.name, lines: rows.badLines.first, count: rows.badLines.count)
        }
        return rows.rows.map { UnlabelledText(text: $0.text, line: $0.line) }
    }
}
