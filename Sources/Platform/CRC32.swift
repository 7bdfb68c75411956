import CChecksum

/// The CRC-32 of zlib, gzip and PNG (CRC-32/ISO-HDLC).
public struct CRC32: Sendable {
    /// How a checksum is computed; every method gives the same result.
    package enum Method: Sendable, CaseIterable {
        /// Sixteen bytes at a step, by tables.
        case tables
        /// By carry-less products of 16 bytes each, PCLMULQDQ on x86-64.
        case folding
        /// By instructions for this very polynomial, ARMv8's CRC32.
        case instructions

        /// The methods that this processor supports, the best last.
        package static var usable: [Method] {
            switch Int(c_checksum_crc32_help()) {
            case CChecksumFolding: [.tables, .folding]
            case CChecksumInstructions: [.tables, .instructions]
            default: [.tables]
            }
        }

        /// The best method. The environment variable that selects the portable kernels selects the tables here.
        fileprivate static let chosen: Method = {
            let level = getenv("APR_CPU_LEVEL").map { String(cString: $0) }
            return level == "portable" ? .tables : usable.last ?? .tables
        }()
    }

    private var state: UInt32 = 0xFFFF_FFFF
    private let method: Method

    /// The checksum of nothing yet.
    public init() { method = .chosen }

    /// The checksum of nothing yet, by a method that this processor can use.
    package init(method: Method) { self.method = method }

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
        switch method {
        case .tables: state = Self.byTables(state, bytes)
        case .instructions:
            state = c_checksum_crc32_instructions(state, bytes.baseAddress, bytes.count)
        case .folding:
            var remainder: (UInt64, UInt64) = (0, 0)
            let (before, rest) = withUnsafeMutableBytes(of: &remainder) { remainder in
                let count = c_checksum_crc32_fold(
                    state, bytes.baseAddress, bytes.count, remainder.baseAddress)
                let before = count == 0 ? state : Self.byTables(0, UnsafeRawBufferPointer(remainder))
                return (before, UnsafeRawBufferPointer(rebasing: bytes[count...]))
            }
            state = Self.byTables(before, rest)
        }
    }

    private static func byTables(_ state: UInt32, _ bytes: UnsafeRawBufferPointer) -> UInt32 {
        var crc = state
        var offset = 0
        tables.withUnsafeBufferPointer { tables in
            // Table k holds the effect of a byte that lies k bytes before the end of the step.
            func effect(_ word: UInt64, before last: Int) -> UInt32 {
                var effect: UInt32 = 0
                for index in 0..<8 {
                    let byte = Int(truncatingIfNeeded: word >> UInt64(8 * index)) & 0xFF
                    effect ^= tables[(last - index) << 8 | byte]
                }
                return effect
            }
            while bytes.count - offset >= 16 {
                let first = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
                let second = UInt64(
                    littleEndian: bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self))
                crc = effect(first ^ UInt64(crc), before: 15) ^ effect(second, before: 7)
                offset += 16
            }
            while offset < bytes.count {
                crc = crc >> 8 ^ tables[Int(crc & 0xFF ^ UInt32(bytes[offset]))]
                offset += 1
            }
        }
        return crc
    }

    /// Sixteen tables of 256 entries, one after another.
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 16 * 256)
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
