/// A directory that is held open, so that what is done in it stays in it when its name is given to another.
public final class HeldDirectory: Sendable {
    /// The path by which it was opened.
    public let path: String
    let descriptor: Int32
    private let status: FileStatus

    /// Opens a directory; a symbolic link to one is followed.
    ///
    /// - Throws: `FileError` when there is none.
    public init(path: String) throws(FileError) {
        let path = path.withoutTrailingSlashes
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .io(.open, errno: errno, path: path) }
        var raw = stat()
        guard fstat(descriptor, &raw) == 0 else {
            let code = errno
            close(descriptor)
            throw .io(.inspect, errno: code, path: path)
        }
        self.path = path
        self.descriptor = descriptor
        status = FileStatus(raw)
    }

    deinit { close(descriptor) }

    /// Whether the path still names this directory.
    public var isAtPath: Bool {
        guard let now = try? FileStatus.of(path, followingLinks: true) else { return false }
        return now.device == status.device && now.inode == status.inode
    }

    /// - Throws: `FileError` when the path names another directory, or nothing.
    public func requireAtPath() throws(FileError) {
        guard isAtPath else { throw FileError(FileProblem.directoryReplaced, path: path) }
    }

    /// The names in the directory, without "." and "..", in byte order.
    package func names() throws(FileError) -> [String] {
        let copy = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0 else { throw .io(.list, errno: errno, path: path) }
        guard let stream = fdopendir(copy) else {
            let code = errno
            close(copy)
            throw .io(.list, errno: code, path: path)
        }
        return try Directory.names(reading: stream, path: path)
    }

    /// How to name something for the system: relative to the directory where it lies in it, else by its path.
    func target(of path: String) -> (directory: Int32, name: String) {
        if path == self.path { return (descriptor, ".") }
        let start = self.path.utf8.last == UInt8(ascii: "/") ? self.path : self.path + "/"
        guard path.hasPrefix(start) else { return (AT_FDCWD, path) }
        return (descriptor, String(path.dropFirst(start.count)))
    }
}
