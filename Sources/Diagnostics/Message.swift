/// A text for people that refers to settings by name: `"lower \(setting: .maxSeqLength)"`.
///
/// The description spells a setting as configuration files do, in backticks. A front end replaces that by its own
/// spelling with `text(_:)`; the command line, for one, writes flags.
public struct Message: Sendable, Hashable {
    fileprivate enum Part: Sendable, Hashable {
        case text(String)
        case setting(SettingName, value: String?)
    }

    private let parts: [Part]

    /// The text, with each setting as `spelling` writes it.
    ///
    /// - Parameter spelling: of a setting, and of the value that is to be given to it, if the message says one.
    public func text(_ spelling: (SettingName, _ value: String?) -> String) -> String {
        parts.map { part in
            switch part {
            case .text(let text): text
            case .setting(let name, let value): spelling(name, value)
            }
        }
        .joined()
    }
}

extension Message: CustomStringConvertible {
    public var description: String {
        text { name, value in "`\(name.rawValue)\(value.map { ": \($0)" } ?? "")`" }
    }
}

extension Message: ExpressibleByStringInterpolation {
    /// Collects the parts of a message.
    public struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var parts: [Part] = []

        public init(literalCapacity: Int, interpolationCount: Int) {}

        public mutating func appendLiteral(_ literal: String) {
            if !literal.isEmpty { parts.append(.text(literal)) }
        }

        /// A value in its own words; settings that a message or an error names stay named.
        public mutating func appendInterpolation(_ value: some Any) {
            switch value {
            case let message as Message: parts += message.parts
            case let value as any MessageConvertible: parts += value.message.parts
            default: parts.append(.text("\(value)"))
            }
        }

        /// A setting, with the value that it is to be given, if any.
        public mutating func appendInterpolation(setting name: SettingName, value: String? = nil) {
            parts.append(.setting(name, value: value))
        }
    }

    public init(stringLiteral value: String) { parts = [.text(value)] }

    public init(stringInterpolation: StringInterpolation) { parts = stringInterpolation.parts }

    /// A message that names no setting.
    public init(_ text: String) { parts = [.text(text)] }
}

extension Sequence<Message> {
    /// One message of all, with a text between each two.
    public func joined(separator: String) -> Message {
        var joined: Message?
        for message in self { joined = joined.map { "\($0)\(separator)\(message)" } ?? message }
        return joined ?? ""
    }
}

/// An error or warning whose message may name settings. Its description is the message's.
public protocol MessageConvertible: CustomStringConvertible {
    /// The explanation.
    var message: Message { get }
}

/// A setting that a message can name, as configuration files spell it.
///
/// A library names settings; how a person gives one (a property, a key of a file, a flag) is the front end's business.
public enum SettingName: String, Sendable, Hashable, CaseIterable {
    // What a model is trained on.
    case format
    case quoting
    case inputColumn = "input_column"
    case textColumns = "text_columns"
    case labelColumn = "label_column"
    case labels
    case multiLabel = "multi_label"
    case labelSeparator = "label_separator"
    case valData = "val_data"
    case valSplit = "val_split"
    case maxSeqLength = "max_seq_length"
    // How it is trained.
    case epochs
    case batchSize = "batch_size"
    case learningRate = "learning_rate"
    case warmupRatio = "warmup_ratio"
    case classWeights = "class_weights"
    case oversample
    case metricForBest = "metric_for_best"
    // Where a run is stored, and what happens to an existing one.
    case checkpointDir = "checkpoint_dir"
    case resume
    case overwrite
    case allowDataMismatch = "allow_data_mismatch"
    // The machine.
    case device
    case maxMemory = "max_memory"
    // Use and publication of a checkpoint.
    case base
    case output
    case baseModelID = "base_model_id"
    case license
    case merged
    case overwriteCard = "overwrite_card"
    case tokenFile = "token_file"
    case insecureEndpoint = "insecure_endpoint"
    case timeout
    case minRate = "min_rate"
}
