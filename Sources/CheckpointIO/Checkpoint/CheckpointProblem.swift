public import Platform

/// Why a path is no checkpoint, or a name is not allowed in one.
public enum CheckpointProblem: Sendable, Hashable {
    /// The file is not what its reader knows.
    case unknownKind
    /// A name is not usable for a file inside a directory.
    case unsafeName(String)
    /// Two files of one directory were given the same name.
    case duplicateName(String)
    /// A directory holds none of the files a reader looks for.
    case nothingToRead(expected: [String])
}

extension CheckpointProblem: ExplainedProblem {
    public var fact: String {
        switch self {
        case .unknownKind: "neither safetensors nor APR, and not a checkpoint or model directory"
        case .unsafeName(let name): "\"\(name)\" is not a plain file name"
        case .duplicateName(let name): "the name \"\(name)\" was given twice"
        case .nothingToRead(let expected): "holds none of \(expected.joined(separator: ", "))"
        }
    }

    public var remedy: String {
        switch self {
        case .unknownKind: "give a .safetensors or .apr file, a checkpoint or a model directory"
        case .unsafeName: "use a name without '/' that is neither '.' nor '..'"
        case .duplicateName: "write each file once"
        case .nothingToRead: "check the path"
        }
    }
}
