/// An operation on the file system, in the words of an error message.
public enum FileOperation: String, Sendable, Hashable, CaseIterable {
    case open
    case read
    case lock
    case link
    case inspect
    case map
    case list
    case create
    case write
    case synchronize
    case close
    case makeDirectory = "make directory"
    case synchronizeDirectory = "synchronize directory"
    case rename
    case exchange
    case removeFile = "remove file"
    case removeDirectory = "remove directory"
    case freeSpace = "measure free space"
}

/// An operation that the operating system refused.
public struct SystemCallProblem: ExplainedProblem {
    /// What was tried.
    public let operation: FileOperation
    /// The system's error number.
    public let errno: Int32

    /// A refused operation.
    public init(operation: FileOperation, errno: Int32) {
        self.operation = operation
        self.errno = errno
    }

    public var fact: String { "cannot \(operation.rawValue): \(ErrnoText.of(errno)) (errno \(errno))" }

    public var remedy: String {
        switch errno {
        case ENOSPC: "free some space on this file system or choose another directory"
        case EDQUOT: "free some of your quota on this file system or choose another directory"
        case EFBIG:
            "raise the limit of file sizes (ulimit -f) or choose a file system that takes larger files"
        case EACCES, EPERM: "check the permissions of the file and its directory"
        case EROFS: "the file system is read-only; choose another directory"
        case ENOENT: "check the path"
        case ENOTDIR: "a part of the path is a file; check the path"
        case EEXIST: "remove it or choose another name"
        case EMFILE, ENFILE: "raise the limit of open files (ulimit -n)"
        case ENOMEM: "free some memory, or raise the limit of address space (ulimit -v)"
        case ENAMETOOLONG: "choose a shorter path"
        case EIO: "the device reports a failure; check the disk and the system log"
        default: "check the path and the file system, then try again"
        }
    }
}

/// The operating system's words for its error numbers.
package enum ErrnoText {
    /// The words, in the language of the C library.
    package static func of(_ errno: Int32) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            guard let base = buffer.baseAddress else { return "error" }
            base.initialize(repeating: 0, count: buffer.count)
            guard strerror_r(errno, base, buffer.count) == 0 else { return "error" }
            return String(cString: base)
        }
    }
}
