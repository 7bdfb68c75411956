/// The alphabet in which byte-level tokenizers write bytes: printable ASCII and Latin-1 map to themselves, the other
/// 68 bytes to U+0100 onwards.
enum ByteLevelAlphabet {
    /// The scalar of each byte.
    static let scalars: [UInt32] = {
        var next: UInt32 = 0x100
        return (0..<256).map { byte in
            switch byte {
            case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF:
                return UInt32(byte)
            default:
                defer { next += 1 }
                return next
            }
        }
    }()

    /// Appends the written form of raw bytes.
    static func append(_ bytes: Bytes, to output: inout [UInt8]) {
        for byte in bytes { output.append(scalar: scalars[Int(byte)]) }
    }
}
