public import Platform

/// Why the content of a file is not what it was.
public enum HashProblem: Sendable, Hashable {
    /// The content has changed although nobody has written to the file since it was hashed.
    case changedWithoutWriting(expected: String, got: String)
    /// The content does not have the hash that the file is named by.
    case notAsNamed(got: String)
}

extension HashProblem: ExplainedProblem {
    public var fact: String {
        switch self {
        case .changedWithoutWriting(let expected, let got):
            "its SHA-256 is \(got) and was \(expected), and nothing has written to it since"
        case .notAsNamed(let got): "its content has the hash \(got), not the one that it is named by"
        }
    }

    public var remedy: String {
        switch self {
        case .changedWithoutWriting: "the file is damaged; check the disk, and restore the file"
        case .notAsNamed: "the file is damaged; fetch it again with apr pull"
        }
    }
}
