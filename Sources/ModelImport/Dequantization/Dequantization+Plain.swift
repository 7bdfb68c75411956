extension Dequantization {
    static func decodeF32(_ source: UnsafeRawPointer, _ count: Int, _ target: UnsafeMutablePointer<Float>) {
        for index in 0..<count {
            let bits = UInt32(littleEndian: source.loadUnaligned(fromByteOffset: index &* 4, as: UInt32.self))
            target[index] = Float(bitPattern: bits)
        }
    }

    static func decodeBF16(_ source: UnsafeRawPointer, _ count: Int, _ target: UnsafeMutablePointer<Float>) {
        for index in 0..<count {
            let bits = UInt16(littleEndian: source.loadUnaligned(fromByteOffset: index &* 2, as: UInt16.self))
            target[index] = Float(bitPattern: UInt32(bits) << 16)
        }
    }

    static func decodeF16(_ source: UnsafeRawPointer, _ count: Int, _ target: UnsafeMutablePointer<Float>) {
        for index in 0..<count { target[index] = half(source, index &* 2) }
    }

    /// The half-precision number at a byte offset, widened exactly.
    ///
    /// In integer arithmetic and one exact product, because `Float16` does not exist on every platform. The
    /// exponent and fraction are shifted; multiplying by 2^112 then corrects the exponent's bias, and makes
    /// subnormal halves come out right with no case of their own.
    @inline(__always)
    static func half(_ source: UnsafeRawPointer, _ offset: Int) -> Float {
        let bits = UInt32(UInt16(littleEndian: source.loadUnaligned(fromByteOffset: offset, as: UInt16.self)))
        let sign = (bits & 0x8000) << 16
        let magnitude = (bits & 0x7FFF) << 13
        let finite = (Float(bitPattern: magnitude) * Float(bitPattern: (127 + 112) << 23)).bitPattern
        // An exponent of all ones stays all ones: an infinity or a NaN.
        let value = magnitude >= 0x0F80_0000 ? magnitude | 0x7F80_0000 : finite
        return Float(bitPattern: sign | value)
    }

    @inline(__always)
    static func byte(_ source: UnsafeRawPointer, _ offset: Int) -> UInt8 {
        source.load(fromByteOffset: offset, as: UInt8.self)
    }
}
