import Platform

/// A call to the operating system that failed.
struct SystemFailure: Error {
    let operation: String
    /// The `errno`.
    let code: Int32
}

/// Bytes that arrive piece by piece from a file, standard input or memory.
final class ByteSource {
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

    /// Bytes in memory, passed on as one piece.
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
    static func file(_ path: String) throws(SystemFailure) -> ByteSource {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemFailure(operation: "open", code: errno) }
        return ByteSource(descriptor: descriptor, owned: true)
    }

    /// Passes the next piece on; false at the end.
    func next(_ body: (UnsafeRawBufferPointer) -> Void) throws(SystemFailure) -> Bool {
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
            guard errno == EINTR else { throw SystemFailure(operation: "read", code: errno) }
        }
    }

    /// All remaining bytes, or nil if they exceed a limit.
    func readAll(limit: Int) throws(SystemFailure) -> [UInt8]? {
        var bytes: [UInt8] = []
        while try next({ bytes.append(contentsOf: $0) }) {
            guard bytes.count <= limit else { return nil }
        }
        return bytes
    }
}

/// Unpacks what is packed with gzip, which its first two bytes say; passes everything else on as it is.
struct GzipLayer {
    private static let magic: [UInt8] = [0x1F, 0x8B]

    private var start: [UInt8]? = []
    private var unpacker: Gunzip?
    private(set) var problem: Gunzip.Problem?

    /// Passes the next bytes on, unpacked.
    mutating func pass(_ piece: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void) {
        guard let held = start else { return unpack(piece, body) }
        if held.isEmpty, piece.count >= Self.magic.count {
            start = nil
            if piece.starts(with: Self.magic) { unpacker = Gunzip() }
            return unpack(piece, body)
        }
        let bytes = held + piece
        start = bytes
        if bytes.count >= Self.magic.count {
            start = nil
            if bytes.starts(with: Self.magic) { unpacker = Gunzip() }
            bytes.withUnsafeBytes { unpack($0, body) }
        }
    }

    /// Handles the end.
    mutating func finish(_ body: (UnsafeRawBufferPointer) -> Void) {
        start?.withUnsafeBytes(body)
        start = nil
        problem = problem ?? unpacker?.finish()
    }

    private mutating func unpack(_ piece: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void) {
        guard let unpacker else { return body(piece) }
        if problem == nil { problem = unpacker.unpack(piece, body) }
    }
}
