import CheckpointIO
import Crypto

/// A file that is to stand in a repository.
public struct HubUploadFile: Sendable {
    /// Where its bytes are.
    public enum Source: Sendable {
        /// In memory.
        case bytes([UInt8])
        /// In a file that does not change meanwhile.
        case file(String)
    }

    /// The path in the repository.
    public let path: String
    /// Where its bytes are.
    public let source: Source
    /// The number of bytes.
    public let byteCount: Int
    /// Their SHA-256.
    public let sha256: String

    /// A file in memory.
    public init(path: String, bytes: [UInt8]) {
        self.path = path
        source = .bytes(bytes)
        byteCount = bytes.count
        sha256 = FileHash.sha256(of: bytes)
    }

    /// A file on disk whose hash is known already.
    public init(path: String, file: String, byteCount: Int, sha256: String) {
        self.path = path
        source = .file(file)
        self.byteCount = byteCount
        self.sha256 = sha256
    }

    /// The bytes.
    ///
    /// - Throws: `CheckpointError` when the file cannot be read, or has another size.
    func bytes(from start: Int = 0, count: Int? = nil) throws -> [UInt8] {
        let count = min(count ?? byteCount, byteCount - start)
        switch source {
        case .bytes(let bytes): return Array(bytes[start..<start + count])
        case .file(let path):
            let file = try ReadFile(path: path)
            var bytes = [UInt8](repeating: 0, count: count)
            var done = 0
            while done < count {
                let read = try bytes.withUnsafeMutableBytes { buffer in
                    try file.read(
                        into: UnsafeMutableRawBufferPointer(rebasing: buffer[done...]), at: start + done)
                }
                guard read > 0 else { throw CheckpointError(.file(.changedWhileReading), path: path) }
                done += read
            }
            return bytes
        }
    }

    /// All bytes.
    ///
    /// - Throws: `CheckpointError` when the file cannot be read, or has another size.
    public func content() throws -> [UInt8] { try bytes() }

    /// The hash by which git would know the content.
    func gitHash() throws -> String { GitHash.blob(try bytes()) }
}

/// Git's names for content.
package enum GitHash {
    /// The SHA-1 of a blob.
    package static func blob(_ bytes: [UInt8]) -> String {
        var hash = Insecure.SHA1()
        hash.update(data: Array("blob \(bytes.count)\0".utf8))
        hash.update(data: bytes)
        return Hexadecimal.text(hash.finalize())
    }
}
