#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Bytes that arrive piece by piece from a file, standard input or memory.
final class ByteSource {
    /// Why bytes could not be had.
    enum Failure: Error {
        /// A call to the operating system failed with this `errno`.
        case system(operation: String, code: Int32)
        /// There were more bytes than the caller allows.
        case tooLarge
    }

    private static let chunkSize = 1 << 20

    private var descriptor: Int32
    private let owned: Bool
    private var memory: [UInt8]?
    private var chunk: [UInt8]

    private init(descriptor: Int32, owned: Bool) {
        self.descriptor = descriptor
        self.owned = owned
        chunk = [UInt8](repeating: 0, count: Self.chunkSize)
    }

    /// Bytes that are in memory already, handed out as one piece.
    init(_ bytes: [UInt8]) {
        descriptor = -1
        owned = false
        memory = bytes
        chunk = []
    }

    deinit { if owned { close(descriptor) } }

    /// Standard input.
    static var standardInput: ByteSource { ByteSource(descriptor: 0, owned: false) }

    /// A file, or a named pipe.
    static func file(_ path: String) throws(Failure) -> ByteSource {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(operation: "open", code: errno) }
        return ByteSource(descriptor: descriptor, owned: true)
    }

    /// Passes the next piece on; false at the end.
    func next(_ body: (UnsafeRawBufferPointer) -> Void) throws(Failure) -> Bool {
        if let bytes = memory {
            memory = []
            bytes.withUnsafeBytes(body)
            return !bytes.isEmpty
        }
        while true {
            let count = chunk.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                chunk.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
                return true
            }
            if count == 0 { return false }
            guard errno == EINTR else { throw .system(operation: "read", code: errno) }
        }
    }

    /// Everything that is left, up to a limit.
    func readAll(limit: Int) throws(Failure) -> [UInt8] {
        var bytes: [UInt8] = []
        while try next({ bytes.append(contentsOf: $0) }) {
            guard bytes.count <= limit else { throw .tooLarge }
        }
        return bytes
    }
}
