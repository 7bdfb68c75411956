import CheckpointIO

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A lock between processes, given back when the object goes or the process ends.
final class FileLock: Sendable {
    private static let pause = Duration.milliseconds(100)

    private let descriptor: Int32

    private init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Waits until nobody else has the lock.
    ///
    /// - Parameter whileWaiting: Called once when somebody else has it.
    /// - Throws: `CheckpointError`, or `CancellationError`.
    static func acquire(_ path: String, whileWaiting: @Sendable () -> Void) async throws -> FileLock {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { throw CheckpointError.io(.lock, errno: errno, path: path) }
        let lock = FileLock(descriptor: descriptor)
        var hasSaid = false
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else {
                throw CheckpointError.io(.lock, errno: errno, path: path)
            }
            if !hasSaid { whileWaiting() }
            hasSaid = true
            try await Task.sleep(for: pause)
        }
        return lock
    }
}
