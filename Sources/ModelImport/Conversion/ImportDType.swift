/// The precision in which imported weights are written.
public enum ImportDType: String, Sendable, Hashable, CaseIterable {
    /// Single precision: keeps every bit of what the file's blocks decode to.
    case float32
    /// bfloat16: half the size, and three decimal digits of the values remain.
    case bfloat16

    /// The dtype of a name a user would type: `float32`, `fp32`, `f32`, `bfloat16` or `bf16`.
    public init?(name: String) {
        switch name.lowercased() {
        case "float32", "fp32", "f32": self = .float32
        case "bfloat16", "bf16": self = .bfloat16
        default: return nil
        }
    }
}

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
