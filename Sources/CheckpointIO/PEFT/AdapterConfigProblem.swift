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
        case .unsupportedPattern(let key, let pattern, let feature):
            "\"\(key)\": the pattern \"\(pattern)\" uses \(feature), which is not supported"
        }
    }

    public var remedy: String {
        switch self {
        case .notJSON, .missing, .invalidMember: "write the adapter again with PEFT or apr"
        case .unsupported: "merge the adapter with PEFT, or train it without this option"
        case .unsupportedPattern: "list the module names instead"
        }
    }
}
