import CSystemCalls

/// The file system of the machine.
public struct DiskFileSystem: FileSystem {
    private let directory: HeldDirectory?

    /// The file system of the machine.
    public init() { directory = nil }

    private init(in directory: HeldDirectory) { self.directory = directory }

    public func holding(_ directory: HeldDirectory) -> any FileSystem { DiskFileSystem(in: directory) }

    /// How to name something that is about to be changed.
    private func target(_ path: String) throws(FileError) -> (directory: Int32, name: String) {
        guard let directory else { return (AT_FDCWD, path) }
        let target = directory.target(of: path)
        if target.directory != AT_FDCWD { try directory.requireAtPath() }
        return target
    }

    public func create(_ path: String) throws(FileError) -> OpenFile {
        let flags = O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW
        return try open(path, flags, as: .create)
    }

    public func openForAppending(_ path: String) throws(FileError) -> OpenFile {
        // Without O_NONBLOCK, a pipe would wait for its reader.
        let flags = O_CREAT | O_APPEND | O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
        return try open(path, flags, as: .open)
    }

    private func open(
        _ path: String, _ flags: Int32, as operation: FileOperation
    ) throws(FileError) -> OpenFile {
        let target = try target(path)
        while true {
            let descriptor = openat(target.directory, target.name, flags, 0o644)
            if descriptor >= 0 { return OpenFile(path: path, descriptor: descriptor) }
            guard errno == EINTR else { throw .io(operation, errno: errno, path: path) }
        }
    }

    public func write(_ bytes: UnsafeRawBufferPointer, to file: OpenFile) throws(FileError) -> Int {
        guard !bytes.isEmpty else { return 0 }
        while true {
            let written = LibC.write(file.descriptor, bytes)
            if written > 0 { return written }
            // Without this, a write of no bytes without an error would be repeated for ever.
            if written == 0 { throw .io(.write, errno: EIO, path: file.path) }
            guard errno == EINTR else { throw .io(.write, errno: errno, path: file.path) }
        }
    }

    public func truncate(_ file: OpenFile, to byteCount: Int) throws(FileError) {
        guard ftruncate(file.descriptor, off_t(byteCount)) == 0 else {
            throw .io(.write, errno: errno, path: file.path)
        }
    }

    public func beginWritingOut(_ file: OpenFile) { apr_begin_writing_out(file.descriptor) }

    public func synchronize(_ file: OpenFile) throws(FileError) {
        try synchronize(file.descriptor, as: .synchronize, path: file.path)
    }

    private func synchronize(
        _ descriptor: Int32, as operation: FileOperation, path: String
    ) throws(FileError) {
        #if canImport(Darwin)
            // On Apple systems fsync leaves the data in the drive's cache.
            if fcntl(descriptor, F_FULLFSYNC) == 0 { return }
        #endif
        while fsync(descriptor) != 0 {
            guard errno == EINTR else { throw .io(operation, errno: errno, path: path) }
        }
    }

    public func close(_ file: OpenFile) throws(FileError) {
        let result = LibC.close(file.descriptor)
        // After EINTR the descriptor is closed on Linux, and the data has been synchronized before.
        guard result == 0 || errno == EINTR else { throw .io(.close, errno: errno, path: file.path) }
    }

    public func makeDirectory(_ path: String) throws(FileError) {
        let target = try target(path)
        guard mkdirat(target.directory, target.name, 0o755) == 0 else {
            throw .io(.makeDirectory, errno: errno, path: path)
        }
    }

    public func synchronizeDirectory(_ path: String) throws(FileError) {
        let target = try target(path)
        let descriptor = openat(target.directory, target.name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .io(.synchronizeDirectory, errno: errno, path: path) }
        do throws(FileError) {
            try synchronize(descriptor, as: .synchronizeDirectory, path: path)
        } catch {
            try close(OpenFile(path: path, descriptor: descriptor))
            // Some network file systems cannot synchronize directories; there is nothing better to do there.
            if error.errorNumber == EINVAL { return }
            throw error
        }
        try close(OpenFile(path: path, descriptor: descriptor))
    }

    public func rename(_ source: String, to destination: String) throws(FileError) {
        let (from, to) = (try target(source), try target(destination))
        guard renameat(from.directory, from.name, to.directory, to.name) == 0 else {
            throw .io(.rename, errno: errno, path: destination)
        }
    }

    public func exchange(_ first: String, _ second: String) throws(FileError) -> Bool {
        let (one, other) = (try target(first), try target(second))
        let failure = apr_exchange_names(one.directory, one.name, other.directory, other.name)
        if failure == 0 { return true }
        if [EINVAL, ENOSYS, ENOTSUP, EOPNOTSUPP].contains(failure) { return false }
        throw .io(.exchange, errno: failure, path: second)
    }

    public func removeFile(_ path: String) throws(FileError) {
        let target = try target(path)
        guard unlinkat(target.directory, target.name, 0) == 0 else {
            throw .io(.removeFile, errno: errno, path: path)
        }
    }

    public func removeDirectory(_ path: String) throws(FileError) {
        let target = try target(path)
        guard unlinkat(target.directory, target.name, AT_REMOVEDIR) == 0 else {
            throw .io(.removeDirectory, errno: errno, path: path)
        }
    }

    public func freeSpace(at path: String) throws(FileError) -> Int {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { throw .io(.freeSpace, errno: errno, path: path) }
        let (bytes, overflow) = UInt64(status.f_bavail).multipliedReportingOverflow(
            by: UInt64(status.f_frsize))
        return overflow ? .max : Int(clamping: bytes)
    }
}
