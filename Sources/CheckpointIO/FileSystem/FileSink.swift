/// Writes a new file through a `FileSystem`, counting and hashing what it writes.
///
/// Small writes are gathered, and what is written is hashed by another thread meanwhile. `finish()` makes the content
/// durable, in two parts for those who write several files and wait for the disk once; a sink that is dropped before
/// closes its file and leaves it to its directory's writer to remove.
public final class FileSink: ByteSink {
    /// What a finished file holds.
    public struct Summary: Sendable, Hashable {
        /// The size of the file.
        public let byteCount: Int
        /// The SHA-256 of the content, in lower-case hexadecimal digits.
        public let sha256: String
    }

    private static let bufferSize = 1 << 20
    /// So many bytes are written where they are, sooner than gathered.
    private static let directSize = 1 << 18
    /// The disk begins with a piece of this size while the next one is written.
    private static let pieceSize = 4 << 20

    private let fileSystem: any FileSystem
    private let file: OpenFile
    private var isOpen = true
    private var buffer: [UInt8] = []
    private let hash = AccompanyingHash()

    /// Creates a file; it must not exist.
    public init(creating path: String, fileSystem: any FileSystem = DiskFileSystem()) throws(CheckpointError)
    {
        self.fileSystem = fileSystem
        file = try fileSystem.create(path)
    }

    deinit {
        // The caller has seen the error that kept it from finishing, or has given up the file.
        if isOpen { try? fileSystem.close(file) }
    }

    /// The number of bytes written so far.
    public private(set) var byteCount = 0

    /// The path of the file.
    public var path: String { file.path }

    public func write(_ bytes: UnsafeRawBufferPointer) throws(CheckpointError) {
        byteCount += bytes.count
        let isLarge = bytes.count >= Self.directSize
        if isLarge || buffer.count + bytes.count > Self.bufferSize { try flush() }
        if isLarge { try put(bytes) } else { buffer.append(contentsOf: bytes) }
    }

    /// Writes what is left, makes the file durable and closes it.
    public func finish() throws(CheckpointError) -> Summary {
        let summary = try complete()
        try settle()
        return summary
    }

    /// Writes what is left. Nothing may be written afterwards; `settle()` must follow.
    func complete() throws(CheckpointError) -> Summary {
        try flush()
        buffer = []
        fileSystem.beginWritingOut(file)
        return Summary(byteCount: byteCount, sha256: hash.finalize())
    }

    /// Makes a complete file durable and closes it.
    func settle() throws(CheckpointError) {
        try fileSystem.synchronize(file)
        isOpen = false
        try fileSystem.close(file)
    }

    private func flush() throws(CheckpointError) {
        let outcome = buffer.withUnsafeBytes { bytes in
            Result { () throws(CheckpointError) in try put(bytes) }
        }
        try outcome.get()
        buffer.removeAll(keepingCapacity: true)
    }

    private func put(_ bytes: UnsafeRawBufferPointer) throws(CheckpointError) {
        try hash.update(bytes) { () throws(CheckpointError) in
            var rest = bytes
            while !rest.isEmpty {
                let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(Self.pieceSize))
                try fileSystem.writeAll(piece, to: file)
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(piece.count))
            }
        }
    }
}

/// Bytes as lower-case hexadecimal digits.
package enum Hexadecimal {
    private static let digits = Array("0123456789abcdef".utf8)

    /// Two digits for each byte.
    package static func text(_ bytes: some Sequence<UInt8>) -> String {
        String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// Whether a text consists of exactly so many lower-case digits.
    package static func isValid(_ text: String, digitCount: Int) -> Bool {
        text.utf8.count == digitCount && text.utf8.allSatisfy(digits.contains)
    }
}
