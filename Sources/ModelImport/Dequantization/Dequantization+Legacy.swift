// The types with 32 elements to a block. In those of 4 and 5 bits byte j holds the low bits of element j in its
// low half and those of element j + 16 in its high half.
extension Dequantization {
    /// Block: scale d (f16), 16 bytes of quants. Element: d · (q - 8).
    @inline(__always)
    static func decodeQ4_0(_ block: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>) {
        let scale = half(block, 0)
        for index in 0..<16 {
            let pair = byte(block, 2 &+ index)
            target[index] = scale * Float(Int32(pair & 0xF) &- 8)
            target[index &+ 16] = scale * Float(Int32(pair >> 4) &- 8)
        }
    }

    /// Block: scale d (f16), minimum m (f16), 16 bytes of quants. Element: d · q + m.
    @inline(__always)
    static func decodeQ4_1(_ block: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>) {
        let scale = half(block, 0)
        let minimum = half(block, 2)
        for index in 0..<16 {
            let pair = byte(block, 4 &+ index)
            target[index] = scale * Float(Int32(pair & 0xF)) + minimum
            target[index &+ 16] = scale * Float(Int32(pair >> 4)) + minimum
        }
    }

    /// Block: scale d (f16), a plane of fifth bits (u32, bit j for element j), 16 bytes. Element: d · (q - 16).
    @inline(__always)
    static func decodeQ5_0(_ block: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>) {
        let scale = half(block, 0)
        let high = plane(block, 2)
        for index in 0..<16 {
            let pair = UInt32(byte(block, 6 &+ index))
            let first = pair & 0xF | (high >> UInt32(index) & 1) << 4
            let second = pair >> 4 | (high >> UInt32(index &+ 16) & 1) << 4
            target[index] = scale * Float(Int32(first) &- 16)
            target[index &+ 16] = scale * Float(Int32(second) &- 16)
        }
    }

    /// Block: scale d (f16), minimum m (f16), a plane of fifth bits (u32), 16 bytes. Element: d · q + m.
    @inline(__always)
    static func decodeQ5_1(_ block: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>) {
        let scale = half(block, 0)
        let minimum = half(block, 2)
        let high = plane(block, 4)
        for index in 0..<16 {
            let pair = UInt32(byte(block, 8 &+ index))
            let first = pair & 0xF | (high >> UInt32(index) & 1) << 4
            let second = pair >> 4 | (high >> UInt32(index &+ 16) & 1) << 4
            target[index] = scale * Float(Int32(first)) + minimum
            target[index &+ 16] = scale * Float(Int32(second)) + minimum
        }
    }

    /// Block: scale d (f16), 32 signed bytes. Element: d · q.
    @inline(__always)
    static func decodeQ8_0(_ block: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>) {
        let scale = half(block, 0)
        for index in 0..<32 {
            target[index] = Float(Int32(Int8(bitPattern: byte(block, 2 &+ index)))) * scale
        }
    }

    @inline(__always)
    private static func plane(_ block: UnsafeRawPointer, _ offset: Int) -> UInt32 {
        UInt32(littleEndian: block.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
}
