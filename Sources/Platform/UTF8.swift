// `String` compares by canonical equivalence, under which the two spellings of "é" are one. File formats, tokenizers
// and label files tell them apart.

/// Whether two strings are the same UTF-8 bytes.
package func utf8Equal(_ left: some StringProtocol, _ right: some StringProtocol) -> Bool {
    left.utf8.elementsEqual(right.utf8)
}

/// Whether the UTF-8 bytes of the left string come before those of the right.
package func utf8Precedes(_ left: String, _ right: String) -> Bool {
    left.utf8.lexicographicallyPrecedes(right.utf8)
}

/// A string compared and hashed by its UTF-8 bytes.
package struct UTF8Key: Sendable, Hashable, Comparable {
    package let text: String

    package init(_ text: String) { self.text = text }

    package static func == (left: UTF8Key, right: UTF8Key) -> Bool { utf8Equal(left.text, right.text) }

    package static func < (left: UTF8Key, right: UTF8Key) -> Bool { utf8Precedes(left.text, right.text) }

    package func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}

/// Bytes as lower-case hexadecimal digits.
package enum Hexadecimal {
    private static let digits = Array("0123456789abcdef".utf8)

    /// Two digits for each byte.
    package static func text(_ bytes: some Sequence<UInt8>) -> String {
        String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// Whether a text consists of exactly so many lower-case digits.
    package static func isValid(_ text: String, digitCount: Int) -> Bool {
        text.utf8.count == digitCount && text.utf8.allSatisfy(digits.contains)
    }
}

extension Unicode.Scalar {
    /// Whether the character commands a terminal, or reorders or hides its neighbours: control characters, separators of
    /// lines, marks of direction, tags. A line break and a tabulator are among them.
    package var isUnsafeToShow: Bool {
        switch value {
        case 0..<0x20, 0x7F..<0xA0, 0x061C, 0x180E, 0x200E, 0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF,
            0xFFF9...0xFFFB, 0xE0000...0xE007F:
            true
        default: false
        }
    }
}
