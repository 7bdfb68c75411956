import Crypto
public import Platform

/// SHA-256 of whole files.
public enum FileHash {
    private static let pieceSize = 1 << 20

    /// The SHA-256 of a file in lower-case hexadecimal digits, from the cache if the file has not changed.
    ///
    /// - Parameters:
    ///   - path: A regular file.
    ///   - cache: Where hashes are remembered, or nil to read the file in any case.
    ///   - progress: Called with the bytes hashed so far.
    /// - Throws: `FileError` when the file cannot be read.
    public static func sha256(
        path: String, cache: FileHashCache? = .user, progress: ((Int) -> Void)? = nil
    ) throws(FileError) -> String {
        let file = try MappedFile(path: path)
        if let known = cache?.hash(of: file.status) { return known }
        let hash = sha256(of: file, progress: progress)
        // If the file changed meanwhile, the hash belongs to no state of it.
        guard try FileStatus.of(path, followingLinks: true) == file.status else {
            throw FileError(FileProblem.changedWhileReading, path: path)
        }
        cache?.remember(hash, of: file.status)
        return hash
    }

    /// The SHA-256 of a mapped file in lower-case hexadecimal digits; every byte is read, whatever is remembered.
    ///
    /// - Parameters:
    ///   - cache: Where the hash is remembered, and compared with what is remembered already.
    ///   - progress: Called with the bytes hashed so far.
    /// - Throws: `FileError` when another hash is remembered for the very same state of the file.
    package static func sha256(
        reading file: MappedFile, cache: FileHashCache? = .user, progress: ((Int) -> Void)? = nil
    ) throws(FileError) -> String {
        let hash = sha256(of: file, progress: progress)
        if let known = cache?.hash(of: file.status) {
            guard utf8Equal(known, hash) else {
                throw FileError(HashProblem.changedWithoutWriting(expected: known, got: hash), path: file.path)
            }
        } else if try FileStatus.of(file.path, followingLinks: true) == file.status {
            cache?.remember(hash, of: file.status)
        }
        return hash
    }

    /// The SHA-256 of a mapped file in lower-case hexadecimal digits.
    public static func sha256(of file: MappedFile, progress: ((Int) -> Void)? = nil) -> String {
        var hash = SHA256()
        var done = 0
        read(file) { piece in
            hash.update(bufferPointer: piece)
            done += piece.count
            progress?(done)
        }
        return Hexadecimal.text(hash.finalize())
    }

    /// The SHA-1 by which Git names a file's content, in lower-case hexadecimal digits.
    package static func gitBlob(of file: MappedFile) -> String {
        var hash = Insecure.SHA1()
        hash.update(data: Array("blob \(file.byteCount)\0".utf8))
        read(file) { hash.update(bufferPointer: $0) }
        return Hexadecimal.text(hash.finalize())
    }

    /// Lends a mapped file, or a part of it, piece by piece; what has been read does not stay in memory.
    package static func read(
        _ file: MappedFile, _ range: Range<Int>? = nil, _ body: (UnsafeRawBufferPointer) -> Void
    ) {
        file.willReadSequentially()
        file.withUnsafeBytes { bytes in
            let range = range ?? 0..<bytes.count
            for start in stride(from: range.lowerBound, to: range.upperBound, by: pieceSize) {
                let piece = start..<min(start + pieceSize, range.upperBound)
                body(UnsafeRawBufferPointer(rebasing: bytes[piece]))
                file.release(piece)
            }
        }
    }

    /// The SHA-256 of bytes in memory in lower-case hexadecimal digits.
    public static func sha256(of bytes: [UInt8]) -> String {
        Hexadecimal.text(SHA256.hash(data: bytes))
    }
}
