/// Where a writer puts its bytes.
public protocol ByteSink {
    /// The number of bytes taken so far.
    var byteCount: Int { get }
    /// Takes the next bytes; the pointer is valid during the call only.
    mutating func write(_ bytes: UnsafeRawBufferPointer) throws(CheckpointError)
}

extension ByteSink {
    /// Takes the bytes of an array.
    public mutating func write(_ bytes: [UInt8]) throws(CheckpointError) {
        let outcome = bytes.withUnsafeBytes { buffer in
            Result { () throws(CheckpointError) in try write(buffer) }
        }
        try outcome.get()
    }

    /// Takes single precision numbers in the byte order of the formats.
    public mutating func write(_ values: [Float]) throws(CheckpointError) {
        #if _endian(little)
            let outcome = values.withUnsafeBytes { buffer in
                Result { () throws(CheckpointError) in try write(buffer) }
            }
            try outcome.get()
        #else
            var bytes: [UInt8] = []
            bytes.reserveCapacity(values.count * 4)
            for value in values { bytes.append(littleEndian: value.bitPattern) }
            try write(bytes)
        #endif
    }

    /// Takes single precision numbers rounded to bfloat16, ties to even.
    public mutating func writeBFloat16(_ values: some Sequence<Float>) throws(CheckpointError) {
        var bytes: [UInt8] = []
        for value in values { bytes.append(littleEndian: FloatConversion.brain(from: value)) }
        try write(bytes)
    }

    /// Takes a number of zero bytes.
    mutating func writeZeros(_ count: Int) throws(CheckpointError) {
        try write([UInt8](repeating: 0, count: count))
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

    public mutating func write(_ bytes: UnsafeRawBufferPointer) throws(CheckpointError) {
        self.bytes.append(contentsOf: bytes)
    }
}
