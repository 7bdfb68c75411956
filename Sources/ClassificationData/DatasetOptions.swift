package import JSONCore
import Platform

/// The layout of a corpus: its format, and the keys or columns of text and label.
public struct DatasetOptions: Sendable {
    /// The file format.
    public enum Format: String, Sendable, CaseIterable {
        /// One JSON object per line, or an array of objects.
        case jsonl
        /// Comma-separated values (RFC 4180) with a header. Semicolons, tabs or bars separate them where the header
        /// has the wanted names only then, or where a first line such as `sep=;` says so.
        case csv
        /// Tab-separated values with a header.
        case tsv
        /// One text a line, without a label.
        case text
    }

    /// What quotes mean in CSV and TSV, in the words of Python's `csv`.
    public enum Quoting: String, Sendable, CaseIterable {
        /// A field may be in quotes, and then hold separators, line breaks and doubled quotes.
        case minimal
        /// A quote is a character as any other.
        case disabled = "none"
    }

    /// The layout; nil takes it from the file's extension (`.csv`, `.tsv`/`.tab`, `.txt`, otherwise JSON lines), before
    /// a `.gz`. Where no labels are wanted, a file of another name is text if its first line is no JSON.
    public var format: Format?
    /// What quotes mean in CSV and TSV; nil takes `minimal` for CSV and `disabled` for TSV.
    public var quoting: Quoting?
    /// The key or column of the text; nil accepts `input` or `text`.
    public var inputColumn: String?
    /// The keys or columns whose texts are joined by line breaks; nil takes the one of `inputColumn`.
    public var textColumns: [String]?
    /// The key or column of the label; nil accepts `label` or `labels`.
    public var labelColumn: String?
    /// The key or column of the group: rows of a group stay together in the split.
    public var groupColumn: String
    /// The class names in order; nil takes them from the corpus.
    public var labels: [String]?
    /// Whether rows have any number of labels; nil takes it from the corpus: lists mean multi-label.
    public var multiLabel: Bool?
    /// What separates the labels of a field or string, which makes the corpus multi-label; nil takes `|` in a
    /// multi-label table and refuses what is ambiguous.
    public var labelSeparator: String?
    /// Whether labels that are not among the known classes are kept, as further classes, instead of refused.
    public var keepsUnknownLabels = false
    /// Whether texts without labels keep the other members or columns of their rows.
    public var keepsColumns = false
    /// The longest line or CSV record in bytes; a longer one is a bad line and is not loaded into memory.
    public var maximumLineBytes: Int

    /// The options for a corpus, with the defaults described at the properties.
    public init(
        format: Format? = nil, inputColumn: String? = nil, labelColumn: String? = nil,
        groupColumn: String = "group", labels: [String]? = nil, multiLabel: Bool? = nil,
        labelSeparator: String? = nil, textColumns: [String]? = nil, quoting: Quoting? = nil,
        maximumLineBytes: Int = 64 << 20
    ) {
        self.labelSeparator = labelSeparator
        self.textColumns = textColumns
        self.quoting = quoting
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

    func format(of path: String) -> Format { format ?? Self.format(named: path) ?? .jsonl }

    /// The format that a file's extension says.
    static func format(named path: String) -> Format? {
        var name = path.lowercased()[...]
        if name.hasSuffix(".gz") { name = name.dropLast(3) }
        let formats: [(String, Format)] = [
            (".csv", .csv), (".tsv", .tsv), (".tab", .tsv), (".jsonl", .jsonl), (".ndjson", .jsonl),
            (".json", .jsonl), (".txt", .text),
        ]
        return formats.first { name.hasSuffix($0.0) }?.1
    }

    /// How files of this format read quotes.
    func quoting(in format: Format) -> Quoting { quoting ?? (format == .tsv ? .disabled : .minimal) }
}

/// How text and labels stand in a row, as far as it was said: a classifier keeps it, so that other data is read as its
/// corpus was.
package struct RowLayout: Sendable, Hashable {
    /// The keys or columns whose texts are joined.
    package var textColumns: [String]?
    /// What separates the labels of a text.
    package var labelSeparator: String?

    package init(textColumns: [String]? = nil, labelSeparator: String? = nil) {
        self.textColumns = textColumns
        self.labelSeparator = labelSeparator
    }

    init(_ options: DatasetOptions) {
        self.init(textColumns: options.textColumns, labelSeparator: options.labelSeparator)
    }

    /// Reads the members `text_columns` and `label_separator`; what is not there is nil.
    package init(json: JSONObject?) {
        self.init(
            textColumns: json?["text_columns"]?.array?.compactMap(\.string),
            labelSeparator: json?["label_separator"]?.string)
    }

    /// The two members.
    package var json: JSONObject {
        [
            "text_columns": textColumns.map { JSONValue($0) } ?? .null,
            "label_separator": labelSeparator.map { .string($0) } ?? .null,
        ]
    }

    /// The options with this layout where they say nothing else.
    package func filling(_ options: DatasetOptions) -> DatasetOptions {
        var options = options
        if options.inputColumn == nil, options.textColumns == nil { options.textColumns = textColumns }
        if options.multiLabel == true, options.labelSeparator == nil {
            options.labelSeparator = labelSeparator
        }
        return options
    }
}

/// The file a corpus was read from and how, so that a run can find it again.
public struct CorpusSource: Sendable, Hashable {
    /// The absolute path of the file.
    public let path: String
    /// The format, if it was given.
    public let format: DatasetOptions.Format?
    /// What quotes mean, if it was given.
    public let quoting: DatasetOptions.Quoting?
    /// The key or column of the text, if one was named.
    public let inputColumn: String?
    /// The keys or columns of the text, if several were named.
    public let textColumns: [String]?
    /// The key or column of the label, if one was named.
    public let labelColumn: String?
    /// The names of the classes, if they were given.
    public let labels: [String]?
    /// Whether texts have any number of labels, if that was specified.
    public let multiLabel: Bool?
    /// What separates labels, if it was given.
    public let labelSeparator: String?

    /// The file at a path, read with these options; nil for standard input, which cannot be read again.
    package init?(path: String, options: DatasetOptions) {
        guard path != "-" else { return nil }
        self.path = RealPath.of(path)
        format = options.format
        quoting = options.quoting
        inputColumn = options.inputColumn
        textColumns = options.textColumns
        labelSeparator = options.labelSeparator
        labelColumn = options.labelColumn
        labels = options.labels
        multiLabel = options.multiLabel
    }

    /// Reads a source back; nil if the value is not one.
    package init?(json: JSONObject) {
        guard let path = json["path"]?.string else { return nil }
        self.path = path
        format = (json["format"]?.string).flatMap(DatasetOptions.Format.init)
        quoting = (json["quoting"]?.string).flatMap(DatasetOptions.Quoting.init)
        inputColumn = json["input_column"]?.string
        textColumns = json["text_columns"]?.array?.compactMap(\.string)
        labelSeparator = json["label_separator"]?.string
        labelColumn = json["label_column"]?.string
        labels = json["labels"]?.array?.compactMap(\.string)
        multiLabel = json["multi_label"]?.bool
    }

    /// The source for `run.json`.
    package var json: JSONObject {
        func text(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }
        return [
            "path": .string(path), "format": text(format?.rawValue), "quoting": text(quoting?.rawValue),
            "input_column": text(inputColumn), "text_columns": textColumns.map { JSONValue($0) } ?? .null,
            "label_column": text(labelColumn), "labels": labels.map { JSONValue($0) } ?? .null,
            "multi_label": multiLabel.map { .bool($0) } ?? .null, "label_separator": text(labelSeparator),
        ]
    }
}
