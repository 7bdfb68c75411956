import Crypto
import FileHashing
import Platform

/// A file that is to stand in a repository.
public struct HubUploadFile: Sendable {
    /// The path in the repository.
    public let path: String
    /// Its bytes.
    let body: UploadContent
    /// Their SHA-256.
    public let sha256: String

    /// The number of bytes.
    public var byteCount: Int { body.byteCount }

    /// A file in memory.
    public init(path: String, bytes: [UInt8]) {
        self.init(path: path, content: UploadContent([.bytes(bytes)]), sha256: FileHash.sha256(of: bytes))
    }

    /// A file whose hash is known already.
    package init(path: String, content: UploadContent, sha256: String) {
        self.path = path
        body = content
        self.sha256 = sha256
    }

    /// All bytes.
    ///
    /// - Throws: `FileError` when the file cannot be read, or has another size.
    public func content() throws -> [UInt8] { try body.bytes() }

    /// The hash by which git would know the content.
    func gitHash() throws -> String { GitHash.blob(try content()) }
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
