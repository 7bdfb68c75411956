import Platform

/// A file that is written in parts, in any order.
final class PartialFile: Sendable {
    let path: String
    private let descriptor: Int32

    /// Opens a file, which is created where it is missing.
    ///
    /// - Throws: `FileError`.
    init(path: String) throws(FileError) {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { throw .io(.create, errno: errno, path: path) }
        self.path = path
    }

    deinit { close(descriptor) }

    /// The number of bytes in the file.
    func byteCount() throws(FileError) -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .io(.inspect, errno: errno, path: path) }
        return Int(status.st_size)
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(FileError) {
        var done = 0
        while done < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            let count = pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset + done))
            if count > 0 { done += count; continue }
            if count < 0, errno == EINTR { continue }
            throw .io(.write, errno: count < 0 ? errno : EIO, path: path)
        }
    }

    /// Reads some bytes; 0 at the end of the file.
    func read(into bytes: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) -> Int {
        while true {
            let count = pread(descriptor, bytes.baseAddress, bytes.count, off_t(offset))
            if count >= 0 { return count }
            guard errno == EINTR else { throw .io(.read, errno: errno, path: path) }
        }
    }

    func truncate(to byteCount: Int) throws(FileError) {
        guard ftruncate(descriptor, off_t(byteCount)) == 0 else {
            throw .io(.write, errno: errno, path: path)
        }
    }

    /// Makes the content durable.
    func synchronize() throws(FileError) {
        try DiskFileSystem().synchronize(OpenFile(path: path, descriptor: descriptor))
    }
}
