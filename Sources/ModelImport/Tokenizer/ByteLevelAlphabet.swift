/// The spelling of bytes in byte-level vocabularies: every byte is one printable character.
///
/// Bytes that are printable Latin-1 stand for themselves; the others take the characters from U+0100 on, in
/// order.
enum ByteLevelAlphabet {
    private static let spelling: [Unicode.Scalar] = {
        var next: UInt32 = 0x100
        return (UInt8.min...UInt8.max).map { byte in
            switch byte {
            case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return Unicode.Scalar(byte)
            default:
                defer { next += 1 }
                return Unicode.Scalar(next) ?? "\u{FFFD}"
            }
        }
    }()

    private static let members = Set(spelling)

    /// Whether every character of a token spells a byte.
    static func contains(_ token: String) -> Bool { token.unicodeScalars.allSatisfy(members.contains) }

    /// The spelling of a text's UTF-8 bytes.
    static func spell(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for byte in text.utf8 { result.append(spelling[Int(byte)]) }
        return String(result)
    }
}
