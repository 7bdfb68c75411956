import CheckpointIO

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Keeps a run directory to one process.
///
/// The system drops the lock when its process ends in whatever way, so a lock left by a crash is never in the way.
/// The file `.lock` itself stays: removing it would let two processes hold locks on two files of one name.
final class RunLock: Sendable {
    private let descriptor: Int32

    /// Locks a directory, which must exist.
    ///
    /// - Throws: `TrainingError.locked` when another process has it.
    init(directory: String) throws {
        let path = directory.appendingComponent(".lock")
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { throw CheckpointError.io(.open, errno: errno, path: path) }
        guard Self.lock(descriptor) else {
            let code = errno
            let owner = Self.owner(descriptor)
            close(descriptor)
            if code == EWOULDBLOCK { throw TrainingError.locked(directory: directory, process: owner) }
            throw CheckpointError.io(.open, errno: code, path: path)
        }
        // The number is for people; what counts is the lock.
        let text = Array("\(getpid())\n".utf8)
        if ftruncate(descriptor, 0) == 0 { _ = pwrite(descriptor, text, text.count, 0) }
    }

    deinit { close(descriptor) }

    /// Whether some process has the lock of a directory.
    static func isHeld(in directory: String) -> Bool {
        let descriptor = open(directory.appendingComponent(".lock"), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }

    /// Takes the lock. `isHeld` has it for a moment when it finds it free, so one refusal is not the last word.
    private static func lock(_ descriptor: Int32) -> Bool {
        for _ in 0..<3 {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
            guard errno == EWOULDBLOCK else { return false }
            usleep(20_000)
        }
        return flock(descriptor, LOCK_EX | LOCK_NB) == 0
    }

    private static func owner(_ descriptor: Int32) -> Int? {
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return Int(String(decoding: bytes[..<count].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
    }
}
