public import Platform

/// Writes a new file through a `FileSystem`, counting and hashing what it writes.
///
/// It gathers bytes in pieces; another thread hashes each piece while the disk writes it. `close()`
/// makes the content durable; `flush()` and `syncAndClose()` do it in two steps for writers of several files. A sink
/// that is released earlier closes its file, which the directory's writer removes.
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
    /// After so many bytes, the disk starts to write while the next ones are prepared.
    private static let writeOutSize = 4 << 20

    private let fileSystem: any FileSystem
    private let file: OpenFile
    private var isOpen = true
    /// Pieces in the order in which they were filled last; the last is the one to fill.
    private var pieces: [BackgroundSHA256.Piece] = []
    private var notWrittenOut = 0
    private let hash = BackgroundSHA256()

    /// Creates a file; it must not exist.
    public init(creating path: String, fileSystem: any FileSystem = DiskFileSystem()) throws(FileError) {
        self.fileSystem = fileSystem
        file = try fileSystem.create(path)
    }

    deinit {
        // The caller has seen an error or has abandoned the file.
        if isOpen { try? fileSystem.close(file) }
    }

    /// The number of bytes written so far.
    public private(set) var byteCount = 0

    /// The path of the file.
    public var path: String { file.path }

    public func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        byteCount += bytes.count
        var rest = bytes
        while !rest.isEmpty {
            let piece = pieces.last ?? nextPiece()
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(piece.append(rest)))
            if piece.isFull {
                try writePiece()
                _ = nextPiece()
            }
        }
    }

    /// Writes what is left, makes the file durable and closes it.
    public func close() throws(FileError) -> Summary {
        let summary = try flush()
        try syncAndClose()
        return summary
    }

    /// Writes what is left. Nothing may be written afterwards; `syncAndClose()` must follow.
    package func flush() throws(FileError) -> Summary {
        try writePiece()
        fileSystem.beginWritingOut(file)
        let summary = Summary(byteCount: byteCount, sha256: hash.finalize())
        pieces = []
        return summary
    }

    /// Makes a flushed file durable and closes it.
    package func syncAndClose() throws(FileError) {
        try fileSystem.synchronize(file)
        isOpen = false
        try fileSystem.close(file)
    }

    private func writePiece() throws(FileError) {
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
    private func nextPiece() -> BackgroundSHA256.Piece {
        let piece: BackgroundSHA256.Piece
        if pieces.count < Self.pieceLimit {
            piece = BackgroundSHA256.Piece(capacity: Self.pieceSize)
        } else {
            piece = pieces.removeFirst()
            piece.empty()
        }
        pieces.append(piece)
        return piece
    }
}
