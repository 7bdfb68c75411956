/// Turns stored blocks into floats.
///
/// Every product and sum is rounded to single precision where numpy rounds it in the `gguf` package's
/// `gguf.quants.dequantize`, so that the results are the same bit for bit (except for the payload of a NaN).
public enum Dequantization {
    /// Decodes whole blocks.
    ///
    /// - Parameters:
    ///   - blocks: the stored bytes; alignment does not matter.
    ///   - type: a type that `isDecodable`.
    ///   - output: memory for as many floats as the blocks hold.
    /// - Precondition: the type is decodable and the sizes match.
    public static func decode(
        _ blocks: UnsafeRawBufferPointer, type: GGUFTensorType, into output: UnsafeMutableBufferPointer<Float>
    ) {
        precondition(type.isDecodable, "type \(type.name) cannot be decoded")
        precondition(
            output.count % type.blockLength == 0
                && blocks.count == output.count / type.blockLength * type.blockByteCount,
            "\(blocks.count) bytes of \(type.name) do not make \(output.count) floats")
        guard let source = blocks.baseAddress, let target = output.baseAddress else { return }
        let count = output.count / type.blockLength
        switch type {
        case .f32: decodeF32(source, count, target)
        case .f16: decodeF16(source, count, target)
        case .bf16: decodeBF16(source, count, target)
        case .q4_0: each(type, source, count, target, decodeQ4_0)
        case .q4_1: each(type, source, count, target, decodeQ4_1)
        case .q5_0: each(type, source, count, target, decodeQ5_0)
        case .q5_1: each(type, source, count, target, decodeQ5_1)
        case .q8_0: each(type, source, count, target, decodeQ8_0)
        case .q2_K: each(type, source, count, target, decodeQ2K)
        case .q3_K: each(type, source, count, target, decodeQ3K)
        case .q4_K: each(type, source, count, target, decodeQ4K)
        case .q5_K: each(type, source, count, target, decodeQ5K)
        case .q6_K: each(type, source, count, target, decodeQ6K)
        default: preconditionFailure("type \(type.name) is decodable but has no decoder")
        }
    }

    @inline(__always)
    private static func each(
        _ type: GGUFTensorType, _ source: UnsafeRawPointer, _ count: Int,
        _ target: UnsafeMutablePointer<Float>,
        _ decode: (UnsafeRawPointer, UnsafeMutablePointer<Float>) -> Void
    ) {
        let (byteCount, length) = (type.blockByteCount, type.blockLength)
        for block in 0..<count { decode(source + block * byteCount, target + block * length) }
    }
}
