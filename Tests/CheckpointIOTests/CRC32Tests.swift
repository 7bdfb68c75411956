import CheckpointIO
import Testing

@Suite struct CRC32Tests {
    @Test func theCheckValueOfThePolynomialIsMet() {
        #expect(checksum(Array("123456789".utf8)) == 0xCBF4_3926)
    }

    @Test func nothingHasTheChecksumZero() {
        #expect(checksum([]) == 0)
    }

    @Test(arguments: [0, 1, 7, 8, 9, 15, 16, 17, 63])
    func piecesOfAnyLengthGiveTheChecksumOfTheWhole(cut: Int) {
        let bytes = (0..<64).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
        var crc = CRC32()
        bytes[..<cut].withUnsafeBytes { crc.update($0) }
        bytes[cut...].withUnsafeBytes { crc.update($0) }
        #expect(crc.value == checksum(bytes))
        // zlib.crc32(bytes((i * 37 + 11) % 256 for i in range(64)))
        #expect(crc.value == 0xFFBA_E609)
    }

    private func checksum(_ bytes: [UInt8]) -> UInt32 { bytes.withUnsafeBytes { CRC32.checksum($0) } }
}
