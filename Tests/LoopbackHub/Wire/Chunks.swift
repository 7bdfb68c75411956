import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension Reply.Body {
    /// The bytes in pieces small enough to be written one at a time.
    var chunks: AsyncThrowingStream<ByteBuffer, any Error> {
        let piece = 256 << 10
        switch self {
        case .bytes(let bytes):
            let state = Cursor(at: 0, end: bytes.count)
            return AsyncThrowingStream {
                guard let range = state.next(upTo: piece) else { return nil }
                return ByteBuffer(bytes: bytes[range])
            }
        case .file(let path, let range):
            let file = OpenFile(path)
            let state = Cursor(at: range.lowerBound, end: range.upperBound)
            return AsyncThrowingStream {
                guard let range = state.next(upTo: piece) else { return nil }
                return try file.read(range)
            }
        }
    }
}

/// A position in a body that moves forward; used by one reader only.
private final class Cursor: @unchecked Sendable {
    private var position: Int
    private let end: Int

    init(at position: Int, end: Int) {
        self.position = position
        self.end = end
    }

    func next(upTo count: Int) -> Range<Int>? {
        guard position < end else { return nil }
        let range = position..<min(end, position + count)
        position = range.upperBound
        return range
    }
}

/// A file open for reading, closed with its last use.
private final class OpenFile: Sendable {
    private let descriptor: CInt

    init(_ path: String) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
    }

    deinit {
        close(descriptor)
    }

    func read(_ range: Range<Int>) throws -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: range.count)
        var offset = range.lowerBound
        while offset < range.upperBound {
            let count = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: range.upperBound - offset) {
                space in
                max(0, pread(descriptor, space.baseAddress, range.upperBound - offset, off_t(offset)))
            }
            guard count > 0 else { throw Refusal(500, "stored object cannot be read") }
            offset += count
        }
        return buffer
    }
}
