/// A lock between processes on a file. It is released with the object, or when the process ends.
///
/// The file itself stays: removing it would let two processes hold locks on two files of one name.
package final class FileLock: Sendable {
    /// Why a lock cannot be taken.
    package enum Failure: Error {
        /// Another process has it, and wrote this number into the file if it can be read.
        case held(process: Int?)
        /// The file cannot be opened or locked.
        case file(FileError)
    }

    private static let pause = Duration.milliseconds(100)

    private let descriptor: Int32

    private init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Takes a lock that no other process has, and writes this process's number into the file for people to read.
    package static func take(_ path: String) throws(Failure) -> FileLock {
        let lock: FileLock
        do throws(FileError) { lock = try opened(path, as: .open) } catch { throw .file(error) }
        // Try again: `isHeld` takes a free lock for a moment.
        var code: Int32 = EWOULDBLOCK
        for attempt in 0..<4 where code == EWOULDBLOCK {
            if attempt > 0 { usleep(20_000) }
            code = flock(lock.descriptor, LOCK_EX | LOCK_NB) == 0 ? 0 : errno
        }
        if code == EWOULDBLOCK { throw .held(process: lock.owner) }
        guard code == 0 else { throw .file(.io(.open, errno: code, path: path)) }
        let text = Array("\(getpid())\n".utf8)
        if ftruncate(lock.descriptor, 0) == 0 { _ = pwrite(lock.descriptor, text, text.count, 0) }
        return lock
    }

    /// Waits until nobody else has the lock.
    ///
    /// - Parameter whileWaiting: Called once when somebody else has it.
    /// - Throws: `FileError`, or `CancellationError`.
    package static func acquire(_ path: String, whileWaiting: @Sendable () -> Void) async throws -> FileLock {
        let lock = try opened(path, as: .lock)
        var hasSaid = false
        while flock(lock.descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else {
                throw FileError.io(.lock, errno: errno, path: path)
            }
            if !hasSaid { whileWaiting() }
            hasSaid = true
            try await Task.sleep(for: pause)
        }
        return lock
    }

    /// Marks a new directory as this process's for as long as the lock lives.
    ///
    /// - Returns: nil when the directory is gone or another process has it, and where directories cannot be locked.
    package static func own(directory path: String) -> FileLock? { own(path, O_DIRECTORY) }

    /// The same for a file whose writer may have been killed; nil while it lives.
    static func own(file path: String) -> FileLock? { own(path, O_NONBLOCK) }

    /// Marks a new file as this process's for as long as the lock lives, even after the file is closed.
    ///
    /// - Returns: nil when another process has removed it in the meantime.
    static func own(_ file: OpenFile) -> FileLock? {
        let descriptor = fcntl(file.descriptor, F_DUPFD_CLOEXEC, 0)
        // Without another descriptor nothing is locked; others may then take it for abandoned.
        let lock = FileLock(descriptor: descriptor)
        _ = flock(descriptor, LOCK_EX)
        var status = stat()
        return fstat(file.descriptor, &status) == 0 && status.st_nlink == 0 ? nil : lock
    }

    private static func own(_ path: String, _ flags: Int32) -> FileLock? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | flags)
        guard descriptor >= 0 else { return nil }
        let lock = FileLock(descriptor: descriptor)
        var (opened, named) = (stat(), stat())
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, fstat(descriptor, &opened) == 0,
            lstat(path, &named) == 0, opened.st_ino == named.st_ino, opened.st_dev == named.st_dev
        else { return nil }
        return lock
    }

    /// Whether some process has the lock on a file.
    package static func isHeld(_ path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }

    private static func opened(_ path: String, as operation: FileOperation) throws(FileError) -> FileLock {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { throw .io(operation, errno: errno, path: path) }
        return FileLock(descriptor: descriptor)
    }

    private var owner: Int? {
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return Int(String(decoding: bytes[..<count].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
    }
}
