import Crypto
import Platform

/// The hash by which the Hub names a file's content.
enum BlobHash: Sendable {
    /// The SHA-256 of a large file.
    case sha256(SHA256)
    /// Git's SHA-1 of a small one.
    case git(Insecure.SHA1)

    /// Begins the kind of hash that a name has; nil for a name of neither kind.
    init?(name: String, byteCount: Int) {
        if Hexadecimal.isValid(name, digitCount: 64) {
            self = .sha256(SHA256())
        } else if Hexadecimal.isValid(name, digitCount: 40) {
            var hash = Insecure.SHA1()
            hash.update(data: Array("blob \(byteCount)\0".utf8))
            self = .git(hash)
        } else {
            return nil
        }
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        switch self {
        case .sha256(var hash):
            hash.update(bufferPointer: bytes)
            self = .sha256(hash)
        case .git(var hash):
            hash.update(bufferPointer: bytes)
            self = .git(hash)
        }
    }

    /// The hash in lower-case hexadecimal digits.
    var text: String {
        switch self {
        case .sha256(let hash): Hexadecimal.text(hash.finalize())
        case .git(let hash): Hexadecimal.text(hash.finalize())
        }
    }

    /// The hash of some content, of the kind that a name has; nil for a name of neither kind.
    static func text(of content: [UInt8], as name: String) -> String? {
        guard var hash = BlobHash(name: name, byteCount: content.count) else { return nil }
        content.withUnsafeBytes { hash.update($0) }
        return hash.text
    }

    /// The hash of a file's first bytes as they become complete: `ends` says up to where.
    static func following(
        _ file: PartialFile, name: String, byteCount: Int, ends: AsyncStream<Int>
    ) async throws -> String {
        guard var hash = BlobHash(name: name, byteCount: byteCount) else { return "" }
        let pieceSize = 1 << 20
        var buffer = [UInt8](repeating: 0, count: pieceSize)
        var done = 0
        for await end in ends {
            while done < end {
                try Task.checkCancellation()
                let count = try buffer.withUnsafeMutableBytes { bytes in
                    try file.read(
                        into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<min(pieceSize, end - done)]),
                        at: done)
                }
                guard count > 0 else { throw FileError(FileProblem.changedWhileReading, path: file.path) }
                buffer.withUnsafeBytes { hash.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
                done += count
            }
        }
        return done == byteCount ? hash.text : ""
    }
}
