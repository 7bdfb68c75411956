package import JSONCore
import Platform

/// The layout of a corpus: its format, and the keys or columns of text and label.
public struct DatasetOptions: Sendable {
    /// The file format.
    public enum Format: String, Sendable, CaseIterable {
        /// One JSON object per line.
        case jsonl
        /// Comma-separated values (RFC 4180) with a header.
        case csv
        /// Tab-separated values with a header; quoting as in CSV.
        case tsv
    }

    /// The layout; nil takes it from the file's extension (`.csv`, `.tsv`/`.tab`, otherwise JSON lines).
    public var format: Format?
    /// The key or column of the text; nil accepts `input` or `text`.
    public var inputColumn: String?
    /// The key or column of the label; nil accepts `label` or `labels`.
    public var labelColumn: String?
    /// The key or column of the group: rows of a group stay together in the split.
    public var groupColumn: String
    /// The class names in order; nil takes them from the corpus.
    public var labels: [String]?
    /// Whether rows have any number of labels; nil takes it from the corpus: lists mean multi-label.
    public var multiLabel: Bool?
    /// The longest line or CSV record in bytes; a longer one is a bad line and is not loaded into memory.
    public var maximumLineBytes: Int

    /// The options for a corpus, with the defaults described at the properties.
    public init(
        format: Format? = nil, inputColumn: String? = nil, labelColumn: String? = nil,
        groupColumn: String = "group", labels: [String]? = nil, multiLabel: Bool? = nil,
        maximumLineBytes: Int = 64 << 20
    ) {
        self.format = format
        self.inputColumn = inputColumn
        self.labelColumn = labelColumn
        self.groupColumn = groupColumn
        self.labels = labels
        self.multiLabel = multiLabel
        self.maximumLineBytes = maximumLineBytes
    }

    var inputNames: [String] { inputColumn.map { [$0] } ?? ["input", "text"] }
    var labelNames: [String] { labelColumn.map { [$0] } ?? ["label", "labels"] }

    func format(of path: String) -> Format {
        if let format { return format }
        let name = path.lowercased()
        if name.hasSuffix(".csv") { return .csv }
        if name.hasSuffix(".tsv") || name.hasSuffix(".tab") { return .tsv }
        return .jsonl
    }
}

/// The file a corpus was read from and how, so that a run can find it again.
public struct CorpusSource: Sendable, Hashable {
    /// The absolute path of the file.
    public let path: String
    /// The key or column of the text, if one was named.
    public let inputColumn: String?
    /// The key or column of the label, if one was named.
    public let labelColumn: String?
    /// The names of the classes, if they were given.
    public let labels: [String]?
    /// Whether texts have any number of labels, if that was specified.
    public let multiLabel: Bool?

    /// The file at a path, read with these options; nil for standard input, which cannot be read again.
    package init?(path: String, options: DatasetOptions) {
        guard path != "-" else { return nil }
        self.path = RealPath.of(path)
        inputColumn = options.inputColumn
        labelColumn = options.labelColumn
        labels = options.labels
        multiLabel = options.multiLabel
    }

    /// Reads a source back; nil if the value is not one.
    package init?(json: JSONObject) {
        guard let path = json["path"]?.string else { return nil }
        self.path = path
        inputColumn = json["input_column"]?.string
        labelColumn = json["label_column"]?.string
        labels = json["labels"]?.array?.compactMap(\.string)
        multiLabel = json["multi_label"]?.bool
    }

    /// The source for `run.json`.
    package var json: JSONObject {
        [
            "path": .string(path), "input_column": inputColumn.map { .string($0) } ?? .null,
            "label_column": labelColumn.map { .string($0) } ?? .null,
            "labels": labels.map { JSONValue($0) } ?? .null,
            "multi_label": multiLabel.map { .bool($0) } ?? .null,
        ]
    }
}
