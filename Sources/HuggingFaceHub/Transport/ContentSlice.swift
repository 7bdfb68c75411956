import NIOCore
import Platform

/// A part of what is sent, read piece by piece while it is sent; every iteration starts at the beginning.
struct ContentSlice: Sendable, AsyncSequence {
    private static let pieceSize = 1 << 18

    let content: UploadContent
    let range: Range<Int>
    /// Receives the number of bytes of every piece as it is handed on.
    var onPiece: @Sendable (Int) -> Void = { _ in }

    init(content: UploadContent, range: Range<Int>) {
        self.content = content
        self.range = range
    }

    func makeAsyncIterator() -> Iterator { Iterator(slice: self) }

    struct Iterator: AsyncIteratorProtocol {
        private let slice: ContentSlice
        private var offset: Int
        private var reader: UploadContent.Reader

        init(slice: ContentSlice) {
            self.slice = slice
            offset = slice.range.lowerBound
            reader = UploadContent.Reader(slice.content)
        }

        /// - Throws: `FileError` when a file cannot be read, or has changed.
        mutating func next() async throws -> ByteBuffer? {
            guard offset < slice.range.upperBound else { return nil }
            let wanted = Swift.min(ContentSlice.pieceSize, slice.range.upperBound - offset)
            var buffer = ByteBufferAllocator().buffer(capacity: wanted)
            let count = try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: wanted) { bytes in
                try reader.read(into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<wanted]), at: offset)
            }
            offset += count
            slice.onPiece(count)
            return buffer
        }
    }
}

/// A file open for reading at any offset.
final class ReadFile: Sendable {
    let path: String
    private let descriptor: Int32

    /// - Throws: `FileError` when it cannot be opened, or is another file than the one with this status.
    init(path: String, unchangedSince status: FileStatus? = nil) throws(FileError) {
        descriptor = try FileReading.open(path).descriptor
        self.path = path
        if let status, try FileStatus.of(path, followingLinks: true) != status {
            throw FileError(FileProblem.changedWhileReading, path: path)
        }
    }

    deinit { close(descriptor) }

    /// Reads some bytes; 0 at the end of the file.
    func read(into bytes: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) -> Int {
        while true {
            let count = pread(descriptor, bytes.baseAddress, bytes.count, off_t(offset))
            if count >= 0 { return count }
            guard errno == EINTR else { throw .io(.read, errno: errno, path: path) }
        }
    }
}
