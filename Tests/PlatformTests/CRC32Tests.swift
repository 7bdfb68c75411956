import Platform
import Testing

@Suite struct CRC32Tests {
    @Test(arguments: CRC32.Method.usable)
    func `the check value of the polynomial is met`(method: CRC32.Method) {
        #expect(checksum(Array("123456789".utf8), method) == 0xCBF4_3926)
    }

    @Test(arguments: CRC32.Method.usable)
    func `the checksum of no bytes is zero`(method: CRC32.Method) {
        #expect(checksum([], method) == 0)
    }

    /// `zlib.crc32(bytes((i * i * 31 + (i >> 3)) & 255 for i in range(count)))`
    private static let ofZlib: [(count: Int, checksum: UInt32)] = [
        (63, 0x2A7A_C32E), (64, 0x314B_9E5C), (65, 0xBE35_31FE), (79, 0x0E8E_CEBE), (80, 0x6B6A_B54A),
        (127, 0xCA4C_9063), (128, 0xDAA5_9E30), (129, 0xE9B6_6ADB), (1000, 0x708C_A7F0), (4096, 0x9F24_C53F),
        (100_003, 0xD0C6_597F),
    ]

    @Test(arguments: CRC32.Method.usable)
    func `every method gives the checksum of zlib`(method: CRC32.Method) {
        for (count, expected) in Self.ofZlib {
            #expect(checksum(sample(count), method) == expected, "\(count) bytes")
        }
    }

    @Test(arguments: CRC32.Method.usable)
    func `pieces of any length at any address give the checksum of the whole`(method: CRC32.Method) {
        let bytes = sample(400)
        let whole = checksum(bytes, .tables)
        for cut in 0...bytes.count {
            var crc = CRC32(method: method)
            bytes[..<cut].withUnsafeBytes { crc.update($0) }
            bytes[cut...].withUnsafeBytes { crc.update($0) }
            #expect(crc.value == whole, "cut after \(cut)")
        }
    }

    @Test(arguments: CRC32.Method.usable)
    func `every length gives the checksum of the table method`(method: CRC32.Method) {
        for count in 0..<300 {
            let bytes = sample(count)
            #expect(checksum(bytes, method) == checksum(bytes, .tables), "\(count) bytes")
        }
    }

    private func sample(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 * $0 * 31 + $0 >> 3) }
    }

    private func checksum(_ bytes: [UInt8], _ method: CRC32.Method) -> UInt32 {
        var crc = CRC32(method: method)
        bytes.withUnsafeBytes { crc.update($0) }
        return crc.value
    }
}
