/// Opens files for reading; nothing else does.
package enum FileReading {
    /// Opens a regular file; a link to one is followed.
    ///
    /// A pipe would wait for its writer, and a device may never end.
    ///
    /// - Returns: the descriptor, which the caller closes, and what the file system says about the file.
    package static func open(_ path: String) throws(FileError) -> (descriptor: Int32, status: FileStatus) {
        try checked(LibC.open(path, flags), path: path)
    }

    /// Opens a regular file of a directory that is held open.
    static func open(
        _ name: String, in directory: HeldDirectory, path: String
    ) throws(FileError) -> (descriptor: Int32, status: FileStatus) {
        try checked(openat(directory.descriptor, name, flags), path: path)
    }

    private static let flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK

    /// A descriptor that has just been opened, if it is one of a regular file.
    private static func checked(
        _ descriptor: Int32, path: String
    ) throws(FileError) -> (descriptor: Int32, status: FileStatus) {
        guard descriptor >= 0 else { throw .io(.open, errno: errno, path: path) }
        var raw = stat()
        guard fstat(descriptor, &raw) == 0 else {
            let code = errno
            _ = LibC.close(descriptor)
            throw .io(.inspect, errno: code, path: path)
        }
        let status = FileStatus(raw)
        guard status.kind == .file else {
            _ = LibC.close(descriptor)
            throw FileError(FileProblem.notRegularFile, path: path)
        }
        return (descriptor, status)
    }
}
