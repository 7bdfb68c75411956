import CheckpointIO
import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A part of a file, read piece by piece while it is sent; every iteration starts at its beginning.
struct FileSlice: Sendable, AsyncSequence {
    private static let pieceSize = 1 << 18

    let path: String
    let range: Range<Int>
    /// Receives the number of bytes of every piece as it is handed on.
    var onPiece: @Sendable (Int) -> Void = { _ in }

    init(path: String, range: Range<Int>) {
        self.path = path
        self.range = range
    }

    func makeAsyncIterator() -> Iterator { Iterator(slice: self) }

    struct Iterator: AsyncIteratorProtocol {
        private let slice: FileSlice
        private var offset: Int
        private var file: ReadFile?

        init(slice: FileSlice) {
            self.slice = slice
            offset = slice.range.lowerBound
        }

        /// - Throws: `CheckpointError` when the file cannot be read, or has become shorter.
        mutating func next() async throws -> ByteBuffer? {
            guard offset < slice.range.upperBound else { return nil }
            let file = try self.file ?? ReadFile(path: slice.path)
            self.file = file
            let wanted = Swift.min(FileSlice.pieceSize, slice.range.upperBound - offset)
            var buffer = ByteBufferAllocator().buffer(capacity: wanted)
            let count = try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: wanted) { bytes in
                try file.read(into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<wanted]), at: offset)
            }
            guard count > 0 else { throw CheckpointError(.file(.changedWhileReading), path: slice.path) }
            offset += count
            slice.onPiece(count)
            return buffer
        }
    }
}

/// A file open for reading at any place.
final class ReadFile: Sendable {
    let path: String
    private let descriptor: Int32

    /// - Throws: `CheckpointError`.
    init(path: String) throws(CheckpointError) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .io(.open, errno: errno, path: path) }
        self.path = path
    }

    deinit { close(descriptor) }

    /// Reads some bytes; 0 at the end of the file.
    func read(into bytes: UnsafeMutableRawBufferPointer, at offset: Int) throws(CheckpointError) -> Int {
        while true {
            let count = pread(descriptor, bytes.baseAddress, bytes.count, off_t(offset))
            if count >= 0 { return count }
            guard errno == EINTR else { throw .io(.read, errno: errno, path: path) }
        }
    }
}
