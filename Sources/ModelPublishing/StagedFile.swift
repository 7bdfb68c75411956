import CheckpointIO
import Crypto

/// A file that is made to be sent and then removed: hashed while it is written, and not forced to the disk.
final class StagedFile: ByteSink {
    private static let bufferSize = 1 << 20

    let path: String
    private(set) var byteCount = 0
    private let file: OpenFile
    private let fileSystem = DiskFileSystem()
    private var hash = SHA256()
    private var buffer: [UInt8] = []
    private var isOpen = true

    /// Creates a file; it must not exist.
    init(creating path: String) throws(CheckpointError) {
        self.path = path
        file = try fileSystem.create(path)
    }

    deinit {
        // Whoever did not finish it has an error to report already.
        if isOpen { try? fileSystem.close(file) }
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(CheckpointError) {
        hash.update(bufferPointer: bytes)
        byteCount += bytes.count
        buffer.append(contentsOf: bytes)
        if buffer.count >= Self.bufferSize { try flush() }
    }

    /// Writes what is left and closes the file.
    ///
    /// - Returns: the SHA-256 in hexadecimal digits.
    func finish() throws(CheckpointError) -> String {
        try flush()
        isOpen = false
        try fileSystem.close(file)
        return Hexadecimal.text(hash.finalize())
    }

    private func flush() throws(CheckpointError) {
        let outcome = buffer.withUnsafeBytes { bytes in
            Result { () throws(CheckpointError) in try fileSystem.writeAll(bytes, to: file) }
        }
        try outcome.get()
        buffer.removeAll(keepingCapacity: true)
    }
}
