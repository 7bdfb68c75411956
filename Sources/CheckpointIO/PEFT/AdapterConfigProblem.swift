public import JSONCore
public import Platform

/// Why an `adapter_config.json` is not acceptable.
public enum AdapterConfigProblem: Sendable, Hashable {
    /// The file is not a JSON document.
    case notJSON(JSONError)
    /// A required member is missing.
    case missing(String)
    /// A member is not what it has to be.
    case invalidMember(String, expected: String, got: String)
    /// A member asks for something this program does not do.
    case unsupported(key: String, value: String)
    /// The adapter was made for another task, or says no task.
    case otherTask(String)
    /// A pattern uses a regular expression feature that is not supported.
    case unsupportedPattern(key: String, pattern: String, feature: String)
}

extension AdapterConfigProblem: ExplainedProblem {
    public var fact: String {
        switch self {
        case .notJSON(let error): "not valid JSON: \(error)"
        case .missing(let key): "missing \"\(key)\""
        case .invalidMember(let key, let expected, let got):
            "\"\(key)\" is \(got) where \(expected) should stand"
        case .unsupported(let key, let value): "\"\(key)\": \(value) is not supported"
        case .otherTask("null"):
            "\"task_type\" is null, so the adapter does not say that it is a classifier's"
        case .otherTask(let task):
            "\"task_type\" is \(task), not \"SEQ_CLS\": the adapter is no text classifier's"
        case .unsupportedPattern(let key, let pattern, let feature):
            "\"\(key)\": the pattern \"\(pattern)\" uses \(feature), which is not supported"
        }
    }

    public var remedy: String {
        switch self {
        case .notJSON, .missing, .invalidMember: "write the adapter again with PEFT or apr"
        case .unsupported: "merge the adapter with PEFT, or train it without this option"
        case .otherTask("null"):
            "set it to \"SEQ_CLS\" if its weights hold a head that gives each text its classes"
        case .otherTask: "give an adapter that was trained with task_type \"SEQ_CLS\""
        case .unsupportedPattern: "list the module names instead"
        }
    }
}
