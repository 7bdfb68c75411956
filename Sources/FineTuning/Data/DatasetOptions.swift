/// How a corpus is laid out and where its text and labels stand.
public struct DatasetOptions: Sendable {
    /// How rows are written.
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
    /// The key or column that ties rows together for the split.
    public var groupColumn: String
    /// The class names in order; nil takes them from the corpus.
    public var labels: [String]?
    /// Whether rows have any number of labels; nil takes it from the corpus: lists mean multi-label.
    public var multiLabel: Bool?
    /// The longest line or CSV record in bytes; a longer one is a bad line and is never held in memory.
    public var maximumLineBytes: Int

    /// The options for a corpus; every one has the default described at its property.
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
