// The types with 256 elements to a block, in sub-blocks with scales of their own. A sub-block's scale is
// rounded to single precision before it meets the quants, as in the reference.
extension Dequantization {
    /// Block: 16 bytes of scale (low half) and minimum (high half), 64 bytes of 2-bit quants, d and dmin (f16).
    /// Element: (d · scale) · q - (dmin · minimum), 16 elements to a scale.
    @inline(__always)
    static func decodeQ2K(_ block: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>) {
        let (scale, minimum) = (half(block, 80), half(block, 82))
        for sub in 0..<16 {
            let packed = byte(block, sub)
            let subScale = scale * Float(Int32(packed & 0xF))
            let subMinimum = minimum * Float(Int32(packed >> 4))
            // Eight sub-blocks share 32 bytes: two halves, four shifts.
            let quants = 16 &+ (sub >> 3) &* 32 &+ (sub & 1) &* 16
            let shift = UInt8((sub >> 1 & 3) &* 2)
            for index in 0..<16 {
                let quant = byte(block, quants &+ index) >> shift & 3
                target[sub &* 16 &+ index] = subScale * Float(Int32(quant)) - subMinimum
            }
        }
    }

    /// Block: 32 bytes of third bits, 64 bytes of 2-bit quants, 12 bytes of 16 six-bit scales, d (f16).
    /// Element: (d · (scale - 32)) · (q - 4 where the third bit is clear), 16 elements to a scale.
    @inline(__always)
    static func decodeQ3K(_ block: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>) {
        let scale = half(block, 108)
        for sub in 0..<16 {
            let low = byte(block, 96 &+ (sub & 7)) >> UInt8((sub >> 3) &* 4) & 0xF
            let top = byte(block, 104 &+ (sub & 3)) >> UInt8((sub >> 2) &* 2) & 3
            let subScale = scale * Float(Int32(low | top << 4) &- 32)
            let quants = 32 &+ (sub >> 3) &* 32 &+ (sub & 1) &* 16
            let shift = UInt8((sub >> 1 & 3) &* 2)
            let third = UInt8(sub >> 1)
            for index in 0..<16 {
                let quant = Int32(byte(block, quants &+ index) >> shift & 3)
                let borrow = Int32(byte(block, (sub & 1) &* 16 &+ index) >> third & 1 ^ 1) << 2
                target[sub &* 16 &+ index] = subScale * Float(quant &- borrow)
            }
        }
    }

    /// Block: d and dmin (f16), 12 bytes of 8 six-bit scales and minimums, 128 bytes of 4-bit quants.
    /// Element: (d · scale) · q - (dmin · minimum), 32 elements to a scale.
    @inline(__always)
    static func decodeQ4K(_ block: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>) {
        let (scale, minimum) = (half(block, 0), half(block, 2))
        for sub in 0..<8 {
            let (subScale, subMinimum) = subScales(block, sub, scale, minimum)
            let quants = 16 &+ (sub >> 1) &* 32
            let shift = UInt8((sub & 1) &* 4)
            for index in 0..<32 {
                let quant = byte(block, quants &+ index) >> shift & 0xF
                target[sub &* 32 &+ index] = subScale * Float(Int32(quant)) - subMinimum
            }
        }
    }

    /// Block: as Q4_K, with 32 bytes of fifth bits before the quants: bit i of byte j is for element j of
    /// sub-block i.
    @inline(__always)
    static func decodeQ5K(_ block: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>) {
        let (scale, minimum) = (half(block, 0), half(block, 2))
        for sub in 0..<8 {
            let (subScale, subMinimum) = subScales(block, sub, scale, minimum)
            let quants = 48 &+ (sub >> 1) &* 32
            let shift = UInt8((sub & 1) &* 4)
            for index in 0..<32 {
                let high = byte(block, 16 &+ index) >> UInt8(sub) & 1
                let quant = byte(block, quants &+ index) >> shift & 0xF | high << 4
                target[sub &* 32 &+ index] = subScale * Float(Int32(quant)) - subMinimum
            }
        }
    }

    /// Block: 128 bytes of low halves, 64 bytes of high pairs, 16 signed scales, d (f16).
    /// Element: (d · scale) · (q - 32), 16 elements to a scale.
    @inline(__always)
    static func decodeQ6K(_ block: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>) {
        let scale = half(block, 208)
        for sub in 0..<16 {
            let subScale = scale * Float(Int32(Int8(bitPattern: byte(block, 192 &+ sub))))
            // In units of 32 elements: four to a chunk of 64 low bytes and 32 high bytes.
            let (row, start) = (sub >> 1, (sub & 1) &* 16)
            let low = (row >> 2) &* 64 &+ (row & 1) &* 32 &+ start
            let high = 128 &+ (row >> 2) &* 32 &+ start
            let lowShift = UInt8((row >> 1 & 1) &* 4)
            let highShift = UInt8((row & 3) &* 2)
            for index in 0..<16 {
                let quant =
                    byte(block, low &+ index) >> lowShift & 0xF
                    | (byte(block, high &+ index) >> highShift & 3) << 4
                target[sub &* 16 &+ index] = subScale * Float(Int32(quant) &- 32)
            }
        }
    }

    /// Scale and minimum of a sub-block of Q4_K and Q5_K.
    ///
    /// Six bits each in the 12 bytes from 4 on: the first four sub-blocks have theirs in bytes 0-3 and 4-7; the
    /// last four have their low four bits in bytes 8-11 and their top two in the top of bytes 0-3 and 4-7.
    @inline(__always)
    private static func subScales(
        _ block: UnsafeRawPointer, _ sub: Int, _ scale: Float, _ minimum: Float
    ) -> (scale: Float, minimum: Float) {
        let (first, second) = (byte(block, 4 &+ (sub & 3)), byte(block, 8 &+ (sub & 3)))
        let subScale: UInt8
        let subMinimum: UInt8
        if sub < 4 {
            (subScale, subMinimum) = (first & 0x3F, second & 0x3F)
        } else {
            let low = byte(block, 12 &+ (sub & 3))
            (subScale, subMinimum) = (low & 0xF | first >> 2 & 0x30, low >> 4 | second >> 2 & 0x30)
        }
        return (scale * Float(Int32(subScale)), minimum * Float(Int32(subMinimum)))
    }
}
