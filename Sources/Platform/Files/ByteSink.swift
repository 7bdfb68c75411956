/// Where a writer puts its bytes.
public protocol ByteSink {
    /// The number of bytes taken so far.
    var byteCount: Int { get }
    /// Takes the next bytes; the pointer is valid during the call only.
    mutating func write(_ bytes: UnsafeRawBufferPointer) throws(FileError)
}

extension ByteSink {
    /// Takes the bytes of an array.
    public mutating func write(_ bytes: [UInt8]) throws(FileError) {
        let outcome = bytes.withUnsafeBytes { buffer in
            Result { () throws(FileError) in try write(buffer) }
        }
        try outcome.get()
    }
}

/// Collects bytes in memory.
public struct MemorySink: ByteSink {
    /// What was written so far.
    public private(set) var bytes: [UInt8] = []

    /// The number of bytes written so far.
    public var byteCount: Int { bytes.count }

    /// An empty sink.
    public init() {}

    public mutating func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        self.bytes.append(contentsOf: bytes)
    }
}
