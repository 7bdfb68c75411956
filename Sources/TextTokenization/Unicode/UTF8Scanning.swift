/// Valid UTF-8 held by someone else for the duration of a call.
typealias Bytes = UnsafeBufferPointer<UInt8>

extension UnsafeBufferPointer<UInt8> {
    /// The scalar that starts at `index`, and its length in bytes; the bytes must be valid UTF-8.
    @inline(__always)
    func scalar(at index: Int) -> (value: UInt32, length: Int) {
        let first = UInt32(self[index])
        if first < 0x80 { return (first, 1) }
        if first < 0xE0 { return ((first & 0x1F) << 6 | continuation(index + 1), 2) }
        if first < 0xF0 {
            return ((first & 0x0F) << 12 | continuation(index + 1) << 6 | continuation(index + 2), 3)
        }
        let high = (first & 0x07) << 18 | continuation(index + 1) << 12
        return (high | continuation(index + 2) << 6 | continuation(index + 3), 4)
    }

    /// Whether the bytes are UTF-8: every scalar in its shortest form, none of them a surrogate or too large.
    package var isValidUTF8: Bool {
        let raw = UnsafeRawBufferPointer(self)
        var index = 0
        while index < count {
            if index + 8 <= count,
                raw.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
            {
                index += 8
                continue
            }
            let first = self[index]
            let length = utf8Length(first: first)
            if length == 1 {
                index += 1
                continue
            }
            guard index + length <= count else { return false }
            for offset in 1..<length where self[index + offset] & 0xC0 != 0x80 { return false }
            // The range of the second byte excludes overlong forms, surrogates, and values above U+10FFFF.
            let second = self[index + 1]
            switch first {
            case 0xC2...0xDF, 0xE1...0xEC, 0xEE, 0xEF, 0xF1...0xF3: break
            case 0xE0: guard second >= 0xA0 else { return false }
            case 0xED: guard second < 0xA0 else { return false }
            case 0xF0: guard second >= 0x90 else { return false }
            case 0xF4: guard second < 0x90 else { return false }
            default: return false
            }
            index += length
        }
        return true
    }

    /// The scalar that ends before `index`, and its length in bytes.
    func scalar(before index: Int) -> (value: UInt32, length: Int) {
        var start = index - 1
        while start > 0, self[start] & 0xC0 == 0x80 { start -= 1 }
        return scalar(at: start)
    }

    @inline(__always)
    private func continuation(_ index: Int) -> UInt32 { UInt32(self[index] & 0x3F) }

    /// The bytes of a range as a separate buffer.
    @inline(__always)
    func slice(_ start: Int, _ end: Int) -> Bytes { Bytes(rebasing: self[start..<end]) }

    /// The text, for a token's printed form.
    var text: String { String(decoding: self, as: UTF8.self) }
}

extension [UInt8] {
    /// Appends the UTF-8 form of a scalar value from valid text or from the generated tables.
    mutating func append(scalar: UInt32) {
        switch scalar {
        case 0..<0x80:
            append(UInt8(scalar))
        case 0x80..<0x800:
            append(UInt8(0xC0 | scalar >> 6))
            append(UInt8(0x80 | scalar & 0x3F))
        case 0x800..<0x10000:
            append(UInt8(0xE0 | scalar >> 12))
            append(UInt8(0x80 | scalar >> 6 & 0x3F))
            append(UInt8(0x80 | scalar & 0x3F))
        default:
            append(UInt8(0xF0 | scalar >> 18 & 0x07))
            append(UInt8(0x80 | scalar >> 12 & 0x3F))
            append(UInt8(0x80 | scalar >> 6 & 0x3F))
            append(UInt8(0x80 | scalar & 0x3F))
        }
    }
}

/// The length in bytes of the scalar that a byte of valid UTF-8 starts.
@inline(__always)
func utf8Length(first: UInt8) -> Int { first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4 }
