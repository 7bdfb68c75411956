import Crypto
import Dispatch

/// A SHA-256 that another thread computes while the bytes are being written.
///
/// The other thread works only during a call of `update`, which waits for it.
final class AccompanyingHash: @unchecked Sendable {
    /// Fewer bytes are hashed sooner than another thread wakes up.
    private static let leastBytes = 1 << 16

    private let queue = DispatchQueue(label: "apr.hash")
    private let done = DispatchSemaphore(value: 0)
    private var hash = SHA256()

    /// Takes the next bytes while `work` goes on with them.
    func update(
        _ bytes: UnsafeRawBufferPointer, while work: () throws(CheckpointError) -> Void
    ) throws(CheckpointError) {
        guard bytes.count >= Self.leastBytes else {
            hash.update(bufferPointer: bytes)
            return try work()
        }
        // They stay where they are until the wait is over.
        nonisolated(unsafe) let bytes = bytes
        queue.async { [self] in
            hash.update(bufferPointer: bytes)
            done.signal()
        }
        defer { done.wait() }
        try work()
    }

    /// The SHA-256 of everything in lower-case hexadecimal digits.
    func finalize() -> String { Hexadecimal.text(hash.finalize()) }
}
