/// The CRC-32 of zlib, gzip and PNG (CRC-32/ISO-HDLC), eight bytes at a step.
public struct CRC32: Sendable {
    private var state: UInt32 = 0xFFFF_FFFF

    /// The checksum of nothing yet.
    public init() {}

    /// The checksum of everything given so far.
    public var value: UInt32 { state ^ 0xFFFF_FFFF }

    /// The checksum of these bytes.
    public static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        var crc = CRC32()
        crc.update(bytes)
        return crc.value
    }

    /// Takes the next bytes.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        var crc = state
        var offset = 0
        Self.tables.withUnsafeBufferPointer { tables in
            // Slicing by eight: table k holds the effect of a byte that lies k bytes before the end of the word.
            while bytes.count - offset >= 8 {
                let word =
                    UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
                    ^ UInt64(crc)
                var next: UInt32 = 0
                for index in 0..<8 {
                    let byte = Int(truncatingIfNeeded: word >> UInt64(8 * index)) & 0xFF
                    next ^= tables[(7 - index) << 8 | byte]
                }
                crc = next
                offset += 8
            }
            while offset < bytes.count {
                crc = crc >> 8 ^ tables[Int(crc & 0xFF ^ UInt32(bytes[offset]))]
                offset += 1
            }
        }
        state = crc
    }

    /// Eight tables of 256 entries, one after another.
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var crc = UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
            tables[byte] = crc
        }
        for index in 256..<tables.count {
            let previous = tables[index - 256]
            tables[index] = previous >> 8 ^ tables[Int(previous & 0xFF)]
        }
        return tables
    }()
}
