import Crypto
import Dispatch
import Platform

/// A SHA-256 that another thread computes while the bytes are being written.
///
/// Bytes are gathered in pieces. A piece that is full belongs to the hash and to whoever writes it, until both are done
/// with it; the next one is filled meanwhile.
final class BackgroundSHA256: @unchecked Sendable {
    /// Fewer bytes are hashed faster than another thread wakes up.
    private static let leastBytes = 1 << 16

    private let queue = DispatchQueue(label: "apr.hash")
    private var hash = SHA256()

    /// Takes the next bytes, which the piece keeps until the hash has read them.
    func update(_ piece: Piece) {
        if piece.bytes.count < Self.leastBytes {
            queue.sync { hash.update(bufferPointer: piece.bytes) }
        } else {
            piece.reader.enter()
            queue.async { [self] in
                hash.update(bufferPointer: piece.bytes)
                piece.reader.leave()
            }
        }
    }

    /// The SHA-256 of everything in lower-case hexadecimal digits.
    func finalize() -> String { queue.sync { Hexadecimal.text(hash.finalize()) } }

    /// Memory for bytes on their way into a file.
    final class Piece: @unchecked Sendable {
        private let memory: UnsafeMutableRawBufferPointer
        private var count = 0
        /// Whoever reads it on another thread.
        fileprivate let reader = DispatchGroup()

        init(capacity: Int) { memory = .allocate(byteCount: capacity, alignment: 64) }

        deinit { memory.deallocate() }

        /// What it holds.
        var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[..<count]) }

        /// Whether it has no room.
        var isFull: Bool { count == memory.count }

        /// Copies as many of the bytes as it has room for.
        ///
        /// - Returns: How many.
        func append(_ bytes: UnsafeRawBufferPointer) -> Int {
            let taken = min(bytes.count, memory.count - count)
            UnsafeMutableRawBufferPointer(rebasing: memory[count..<count + taken])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes.prefix(taken)))
            count += taken
            return taken
        }

        /// Waits for its reader and empties it.
        func empty() {
            reader.wait()
            count = 0
        }
    }
}
