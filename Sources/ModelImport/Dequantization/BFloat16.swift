/// Narrowing to bfloat16.
enum BFloat16 {
    /// The bits of the nearest bfloat16, ties to even; every NaN becomes the one that torch writes.
    @inline(__always)
    static func bits(of value: Float) -> UInt16 {
        let bits = value.bitPattern
        let rounded = (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16
        return value.isNaN ? 0x7FC0 : UInt16(truncatingIfNeeded: rounded)
    }
}
