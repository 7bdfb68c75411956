import Platform

/// The bytes of a file or of standard input, as they arrive.
final class ByteStream {
    private static let pieceSize = 1 << 18

    private let name: String
    private let descriptor: Int32

    /// Opens a path; `-` is standard input.
    ///
    /// - Throws: `CommandError`.
    init(path: String) throws {
        if path == "-" {
            name = "standard input"
            descriptor = STDIN_FILENO
        } else {
            name = path
            descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw Self.failure("open", path) }
        }
    }

    deinit { if descriptor != STDIN_FILENO { close(descriptor) } }

    /// What has arrived since, at least one byte; nil at the end.
    ///
    /// - Throws: `CommandError`.
    func next() throws -> [UInt8]? {
        while true {
            var code: Int32 = 0
            let piece = [UInt8](unsafeUninitializedCapacity: Self.pieceSize) { buffer, count in
                let result = read(descriptor, buffer.baseAddress, Self.pieceSize)
                code = result < 0 ? errno : 0
                count = max(0, result)
            }
            if code == 0 { return piece.isEmpty ? nil : piece }
            guard code == EINTR else {
                errno = code
                throw Self.failure("read", name)
            }
        }
    }

    private static func failure(_ operation: String, _ name: String) -> CommandError {
        let reason = String(cString: strerror(errno)).lowercased()
        return CommandError(
            .inputOutput,
            "\(name): cannot \(operation): \(reason); give a readable file, or - for standard input")
    }
}
