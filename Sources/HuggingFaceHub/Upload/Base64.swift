/// Bytes as text of 64 characters, RFC 4648.
package enum Base64 {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// The text, padded to a multiple of four.
    package static func encode(_ bytes: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity((bytes.count + 2) / 3 * 4)
        var index = 0
        while index < bytes.count {
            let left = bytes.count - index
            let word =
                UInt32(bytes[index]) << 16 | UInt32(left > 1 ? bytes[index + 1] : 0) << 8
                | UInt32(left > 2 ? bytes[index + 2] : 0)
            for position in 0..<4 {
                let digit = digits[Int(word >> (18 - 6 * UInt32(position)) & 63)]
                output.append(position <= left ? digit : UInt8(ascii: "="))
            }
            index += 3
        }
        return output
    }
}
