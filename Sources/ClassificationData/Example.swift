/// The label of an example, as indices into a `LabelMap`.
public enum LabelValue: Sendable, Hashable {
    /// The one class of a single-label example.
    case index(Int)
    /// The classes that apply to a multi-label example, ascending, each once; empty when none applies.
    case multi([Int])

    /// The classes that apply: one for a single-label example, any number otherwise.
    public var indices: [Int] {
        switch self {
        case .index(let index): [index]
        case .multi(let indices): indices
        }
    }
}

/// One labelled text of a corpus.
public struct Example: Sendable {
    /// The text of the file, neither trimmed nor normalised.
    public var text: String
    /// The class or classes.
    public var label: LabelValue
    /// Rows with the same group stay on one side of a split; nil for a row without a group.
    public var group: String?
    /// The line of the file the example starts on, from 1.
    public var line: Int

    /// An example made in memory.
    public init(text: String, label: LabelValue, group: String? = nil, line: Int = 0) {
        self.text = text
        self.label = label
        self.group = group
        self.line = line
    }
}

/// Whether an example has exactly one class or any number of them.
public enum ProblemType: Sendable, Hashable {
    /// Exactly one class applies: softmax and cross-entropy.
    case singleLabel
    /// Any number of classes applies: a sigmoid and binary cross-entropy for each.
    case multiLabel

    /// The value of `problem_type` in a HuggingFace `config.json`.
    public var configName: String {
        switch self {
        case .singleLabel: "single_label_classification"
        case .multiLabel: "multi_label_classification"
        }
    }
}
