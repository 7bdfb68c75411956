/// Why a file as a whole is not acceptable, whatever its format.
public enum FileProblem: Sendable, Hashable {
    /// The path names a directory, device, pipe or socket.
    case notRegularFile
    /// The path names something else than a directory.
    case notDirectory
    /// The file is larger than the caller accepts.
    case tooLarge(bytes: Int, limit: Int)
    /// The file changed while it was read.
    case changedWhileReading
    /// The file is not what its reader knows.
    case unknownKind
    /// A name is not usable for a file inside a directory.
    case unsafeName(String)
    /// Two files of one directory were given the same name.
    case duplicateName(String)
    /// A directory holds none of the files a reader looks for.
    case nothingToRead(expected: [String])
}

extension FileProblem: ExplainedProblem {
    var fact: String {
        switch self {
        case .notRegularFile: "not a regular file"
        case .notDirectory: "not a directory"
        case .tooLarge(let bytes, let limit): "\(bytes) bytes are more than the limit of \(limit)"
        case .changedWhileReading: "the file changed while it was read"
        case .unknownKind: "neither safetensors nor APR, and not a checkpoint or model directory"
        case .unsafeName(let name): "\"\(name)\" is not a plain file name"
        case .duplicateName(let name): "the name \"\(name)\" was given twice"
        case .nothingToRead(let expected): "holds none of \(expected.joined(separator: ", "))"
        }
    }

    var remedy: String {
        switch self {
        case .notRegularFile: "give the path of a file"
        case .notDirectory: "give the path of a directory"
        case .tooLarge: "check that this is the right file"
        case .changedWhileReading: "try again when nothing else writes to it"
        case .unknownKind: "give a .safetensors or .apr file, a checkpoint or a model directory"
        case .unsafeName: "use a name without '/' that is neither '.' nor '..'"
        case .duplicateName: "write each file once"
        case .nothingToRead: "check the path"
        }
    }
}
