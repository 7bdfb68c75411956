import CSystemCalls

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The file system of the machine.
public struct DiskFileSystem: FileSystem {
    /// The file system of the machine.
    public init() {}

    public func create(_ path: String) throws(CheckpointError) -> OpenFile {
        let flags = O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW
        return try open(path, flags, as: .create)
    }

    public func openForAppending(_ path: String) throws(CheckpointError) -> OpenFile {
        let flags = O_CREAT | O_APPEND | O_WRONLY | O_CLOEXEC | O_NOFOLLOW
        return try open(path, flags, as: .open)
    }

    private func open(
        _ path: String, _ flags: Int32, as operation: FileOperation
    ) throws(CheckpointError) -> OpenFile {
        while true {
            #if canImport(Glibc)
                let descriptor = Glibc.open(path, flags, 0o644)
            #elseif canImport(Musl)
                let descriptor = Musl.open(path, flags, 0o644)
            #else
                let descriptor = Darwin.open(path, flags, 0o644)
            #endif
            if descriptor >= 0 { return OpenFile(path: path, descriptor: descriptor) }
            guard errno == EINTR else { throw .io(operation, errno: errno, path: path) }
        }
    }

    public func write(_ bytes: UnsafeRawBufferPointer, to file: OpenFile) throws(CheckpointError) -> Int {
        guard !bytes.isEmpty else { return 0 }
        while true {
            #if canImport(Glibc)
                let written = Glibc.write(file.descriptor, bytes.baseAddress, bytes.count)
            #elseif canImport(Musl)
                let written = Musl.write(file.descriptor, bytes.baseAddress, bytes.count)
            #else
                let written = Darwin.write(file.descriptor, bytes.baseAddress, bytes.count)
            #endif
            if written > 0 { return written }
            // A write that takes nothing and names no reason would otherwise be repeated for ever.
            if written == 0 { throw .io(.write, errno: EIO, path: file.path) }
            guard errno == EINTR else { throw .io(.write, errno: errno, path: file.path) }
        }
    }

    public func truncate(_ file: OpenFile, to byteCount: Int) throws(CheckpointError) {
        guard ftruncate(file.descriptor, off_t(byteCount)) == 0 else {
            throw .io(.write, errno: errno, path: file.path)
        }
    }

    public func beginWritingOut(_ file: OpenFile) { apr_begin_writing_out(file.descriptor) }

    public func synchronize(_ file: OpenFile) throws(CheckpointError) {
        try synchronize(file.descriptor, as: .synchronize, path: file.path)
    }

    private func synchronize(
        _ descriptor: Int32, as operation: FileOperation, path: String
    ) throws(CheckpointError) {
        #if canImport(Darwin)
            // On Apple systems fsync leaves the data in the drive's cache.
            if fcntl(descriptor, F_FULLFSYNC) == 0 { return }
        #endif
        while fsync(descriptor) != 0 {
            guard errno == EINTR else { throw .io(operation, errno: errno, path: path) }
        }
    }

    public func close(_ file: OpenFile) throws(CheckpointError) {
        #if canImport(Glibc)
            let result = Glibc.close(file.descriptor)
        #elseif canImport(Musl)
            let result = Musl.close(file.descriptor)
        #else
            let result = Darwin.close(file.descriptor)
        #endif
        // After EINTR the descriptor is closed on Linux, and the data has been synchronized before.
        guard result == 0 || errno == EINTR else { throw .io(.close, errno: errno, path: file.path) }
    }

    public func makeDirectory(_ path: String) throws(CheckpointError) {
        guard mkdir(path, 0o755) == 0 else { throw .io(.makeDirectory, errno: errno, path: path) }
    }

    public func synchronizeDirectory(_ path: String) throws(CheckpointError) {
        #if canImport(Glibc)
            let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        #elseif canImport(Musl)
            let descriptor = Musl.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        #else
            let descriptor = Darwin.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        #endif
        guard descriptor >= 0 else { throw .io(.synchronizeDirectory, errno: errno, path: path) }
        do throws(CheckpointError) {
            try synchronize(descriptor, as: .synchronizeDirectory, path: path)
        } catch {
            try close(OpenFile(path: path, descriptor: descriptor))
            // Some network file systems cannot synchronize directories; there is nothing better to do there.
            if case .io(_, EINVAL) = error.code { return }
            throw error
        }
        try close(OpenFile(path: path, descriptor: descriptor))
    }

    public func rename(_ source: String, to destination: String) throws(CheckpointError) {
        #if canImport(Glibc)
            let result = Glibc.rename(source, destination)
        #elseif canImport(Musl)
            let result = Musl.rename(source, destination)
        #else
            let result = Darwin.rename(source, destination)
        #endif
        guard result == 0 else { throw .io(.rename, errno: errno, path: destination) }
    }

    public func exchange(_ first: String, _ second: String) throws(CheckpointError) -> Bool {
        guard let failure = ExchangeCall.perform(first, second) else { return true }
        if [EINVAL, ENOSYS, ENOTSUP, EOPNOTSUPP].contains(failure) { return false }
        throw .io(.exchange, errno: failure, path: second)
    }

    public func removeFile(_ path: String) throws(CheckpointError) {
        guard unlink(path) == 0 else { throw .io(.removeFile, errno: errno, path: path) }
    }

    public func removeDirectory(_ path: String) throws(CheckpointError) {
        guard rmdir(path) == 0 else { throw .io(.removeDirectory, errno: errno, path: path) }
    }

    public func freeSpace(at path: String) throws(CheckpointError) -> Int {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { throw .io(.freeSpace, errno: errno, path: path) }
        let (bytes, overflow) = UInt64(status.f_bavail).multipliedReportingOverflow(
            by: UInt64(status.f_frsize))
        return overflow ? .max : Int(clamping: bytes)
    }
}
