import JSONCore
import Platform

/// The file a corpus was read from and how, so that a run can find it again.
public struct CorpusSource: Sendable, Hashable {
    /// The absolute path of the file.
    public let path: String
    /// The key or column of the text, where one was named.
    public let inputColumn: String?
    /// The key or column of the label, where one was named.
    public let labelColumn: String?
    /// The names of the classes, where they were given.
    public let labels: [String]?
    /// Whether texts have any number of labels, where that was said.
    public let multiLabel: Bool?

    /// The file at a path, read with these options; nil for standard input, which cannot be read again.
    init?(path: String, options: DatasetOptions) {
        guard path != "-" else { return nil }
        self.path = RealPath.of(path)
        inputColumn = options.inputColumn
        labelColumn = options.labelColumn
        labels = options.labels
        multiLabel = options.multiLabel
    }

    /// Reads a source back; nil when it is not one.
    init?(json: JSONObject) {
        guard let path = json["path"]?.string else { return nil }
        self.path = path
        inputColumn = json["input_column"]?.string
        labelColumn = json["label_column"]?.string
        labels = json["labels"]?.array?.compactMap(\.string)
        multiLabel = json["multi_label"]?.bool
    }

    /// The source as it stands in `run.json`.
    var json: JSONObject {
        [
            "path": .string(path), "input_column": inputColumn.map { .string($0) } ?? .null,
            "label_column": labelColumn.map { .string($0) } ?? .null,
            "labels": labels.map { JSONValue($0) } ?? .null,
            "multi_label": multiLabel.map { .bool($0) } ?? .null,
        ]
    }
}
