/// Writes a new file through a `FileSystem`, counting and hashing what it writes.
///
/// What is written is gathered in pieces, each of which another thread hashes while it goes to the disk. `finish()`
/// makes the content durable, in two parts for those who write several files and wait for the disk once; a sink that is
/// dropped before closes its file and leaves it to its directory's writer to remove.
public final class FileSink: ByteSink {
    /// What a finished file holds.
    public struct Summary: Sendable, Hashable {
        /// The size of the file.
        public let byteCount: Int
        /// The SHA-256 of the content, in lower-case hexadecimal digits.
        public let sha256: String
    }

    private static let pieceSize = 1 << 20
    /// One piece is filled while others are hashed.
    private static let pieceLimit = 3
    /// The disk begins with so many bytes while the next ones are written.
    private static let writeOutSize = 4 << 20

    private let fileSystem: any FileSystem
    private let file: OpenFile
    private var isOpen = true
    /// Pieces in the order in which they were filled last; the last is the one to fill.
    private var pieces: [AccompanyingHash.Piece] = []
    private var notWrittenOut = 0
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
        var rest = bytes
        while !rest.isEmpty {
            let piece = pieces.last ?? nextPiece()
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(piece.append(rest)))
            if piece.isFull {
                try flush()
                _ = nextPiece()
            }
        }
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
        fileSystem.beginWritingOut(file)
        let summary = Summary(byteCount: byteCount, sha256: hash.finalize())
        pieces = []
        return summary
    }

    /// Makes a complete file durable and closes it.
    func settle() throws(CheckpointError) {
        try fileSystem.synchronize(file)
        isOpen = false
        try fileSystem.close(file)
    }

    private func flush() throws(CheckpointError) {
        guard let piece = pieces.last, !piece.bytes.isEmpty else { return }
        hash.update(piece)
        try fileSystem.writeAll(piece.bytes, to: file)
        notWrittenOut += piece.bytes.count
        if notWrittenOut >= Self.writeOutSize {
            fileSystem.beginWritingOut(file)
            notWrittenOut = 0
        }
    }

    /// The next piece to fill: the one that was filled first of all, or a new one while there are few.
    private func nextPiece() -> AccompanyingHash.Piece {
        let piece: AccompanyingHash.Piece
        if pieces.count < Self.pieceLimit {
            piece = AccompanyingHash.Piece(capacity: Self.pieceSize)
        } else {
            piece = pieces.removeFirst()
            piece.empty()
        }
        pieces.append(piece)
        return piece
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
