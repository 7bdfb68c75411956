/// What went wrong with a file, where, and what to do about it.
///
/// The description reads "path: fact; remedy".
public struct FileError: Error, Sendable {
    /// The operation that failed or the rule that is broken: `SystemCallProblem`, `FileProblem`, or a format's own type.
    public let problem: any ExplainedProblem
    /// The file or directory concerned.
    public let path: String

    /// An error about a file or directory.
    public init(_ problem: some ExplainedProblem, path: String) {
        self.problem = problem
        self.path = path
    }

    /// An operating system error.
    public static func io(_ operation: FileOperation, errno: Int32, path: String) -> FileError {
        FileError(SystemCallProblem(operation: operation, errno: errno), path: path)
    }

    /// What happened, without the path.
    public var fact: String { problem.fact }
    /// What the user can do about it.
    public var remedy: String { problem.remedy }
    /// The operating system's error number, where it refused an operation.
    public var errorNumber: Int32? { (problem as? SystemCallProblem)?.errno }
    /// Whether the file system had no room (or quota) left.
    public var isOutOfSpace: Bool { errorNumber == ENOSPC || errorNumber == EDQUOT }
    /// Whether the named thing does not exist.
    public var isNotFound: Bool { errorNumber == ENOENT }
}

extension FileError: CustomStringConvertible {
    public var description: String { "\(path): \(fact); \(remedy)" }
}

extension FileError: Hashable {
    public static func == (left: FileError, right: FileError) -> Bool {
        left.path == right.path && AnyHashable(left.problem) == AnyHashable(right.problem)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(path)
        hasher.combine(AnyHashable(problem))
    }
}

/// A problem that can tell a person what is wrong and what to do.
public protocol ExplainedProblem: Sendable, Hashable {
    /// What is wrong.
    var fact: String { get }
    /// What the user can do about it.
    var remedy: String { get }
}

/// The note that Git LFS leaves in place of a file that it has not fetched.
package enum GitLFSPointer {
    private static let start = Array("version https://git-lfs.github.com/spec/".utf8)
    private static let sizeLimit = 1024

    /// Whether the bytes of a file are such a note.
    package static func matches(_ bytes: some Collection<UInt8>) -> Bool {
        bytes.count < sizeLimit && bytes.starts(with: start)
    }
}

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
    /// The file is the note that Git LFS leaves where it has not fetched the file itself.
    case gitLFSPointer
}

extension FileProblem: ExplainedProblem {
    public var fact: String {
        switch self {
        case .notRegularFile: "not a regular file"
        case .notDirectory: "not a directory"
        case .tooLarge(let bytes, let limit): "\(bytes) bytes are more than the limit of \(limit)"
        case .changedWhileReading: "the file changed while it was read"
        case .gitLFSPointer: "a Git LFS pointer instead of the file itself"
        }
    }

    public var remedy: String {
        switch self {
        case .notRegularFile: "give the path of a file"
        case .notDirectory: "give the path of a directory"
        case .tooLarge: "check that this is the right file"
        case .gitLFSPointer: "fetch the file: run git lfs pull in its repository, or download it again"
        case .changedWhileReading: "try again when nothing else writes to it"
        }
    }
}
