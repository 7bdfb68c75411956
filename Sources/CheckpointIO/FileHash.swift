import Crypto

/// SHA-256 of whole files.
public enum FileHash {
    private static let pieceSize = 4 << 20

    /// The SHA-256 of a file in lower-case hexadecimal digits, from the cache if the file has not changed.
    ///
    /// A file in a HuggingFace cache is named by its hash already; then nothing is read.
    ///
    /// - Parameters:
    ///   - path: A regular file.
    ///   - cache: Where hashes are remembered, or nil to read the file in any case.
    ///   - progress: Called with the bytes hashed so far.
    /// - Throws: `CheckpointError` when the file cannot be read.
    public static func sha256(
        path: String, cache: FileHashCache? = .user, progress: ((Int) -> Void)? = nil
    ) throws(CheckpointError) -> String {
        if let name = HuggingFaceBlob.sha256(of: path) { return name }
        let file = try MappedFile(path: path)
        if let known = cache?.hash(of: file.status) { return known }
        let hash = sha256(of: file, progress: progress)
        // A file that changed in the meantime has been hashed in no state that ever was.
        guard try FileStatus.of(path, followingLinks: true) == file.status else {
            throw CheckpointError(.file(.changedWhileReading), path: path)
        }
        cache?.remember(hash, of: file.status)
        return hash
    }

    /// The SHA-256 of a mapped file in lower-case hexadecimal digits.
    public static func sha256(of file: MappedFile, progress: ((Int) -> Void)? = nil) -> String {
        file.willReadSequentially()
        return file.withUnsafeBytes { bytes in
            var hash = SHA256()
            var done = 0
            while done < bytes.count {
                let end = min(done + pieceSize, bytes.count)
                hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: bytes[done..<end]))
                file.release(done..<end)
                done = end
                progress?(done)
            }
            return Hexadecimal.text(hash.finalize())
        }
    }

    /// The SHA-256 of bytes in memory in lower-case hexadecimal digits.
    public static func sha256(of bytes: [UInt8]) -> String {
        Hexadecimal.text(SHA256.hash(data: bytes))
    }
}
