import Platform

/// Why a result could not be written to standard output.
struct OutputError: Error, CustomStringConvertible {
    /// The `errno`.
    let code: Int32

    var description: String {
        "standard output: cannot write: \(String(cString: strerror(code)).lowercased()); check where it goes to"
    }

    var exitStatus: ExitStatus { .inputOutput }
}

/// Where results go.
enum StandardOutput {
    /// Writes a text and a line break.
    ///
    /// - Throws: `OutputError`.
    static func print(_ text: String) throws { try write(text + "\n") }

    /// Writes a text as it is.
    ///
    /// - Throws: `OutputError`.
    static func write(_ text: String) throws {
        if let code = writeAll(text, to: STDOUT_FILENO) { throw OutputError(code: code) }
    }
}

/// Where everything else goes.
enum StandardError {
    /// Writes a text as it is; a failure cannot be reported.
    static func write(_ text: String) { _ = writeAll(text, to: STDERR_FILENO) }
}

/// Writes all bytes; the `errno` when that fails.
private func writeAll(_ text: String, to descriptor: Int32) -> Int32? {
    var text = text
    return text.withUTF8 { bytes in
        var rest = UnsafeRawBufferPointer(bytes)
        while !rest.isEmpty {
            let count = write(descriptor, rest.baseAddress, rest.count)
            if count < 0 {
                if errno == EINTR { continue }
                return errno
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
        return nil
    }
}
