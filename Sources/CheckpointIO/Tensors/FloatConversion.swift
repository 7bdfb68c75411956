public import Platform

/// Widening of stored elements to single precision; exact except for F64, which is rounded to nearest.
enum FloatConversion {
    /// Widens `source` into `destination`.
    ///
    /// - Precondition: `source` holds `destination.count` elements of `dtype`, which is floating point.
    static func widen(
        _ source: UnsafeRawBufferPointer, dtype: DType, into destination: UnsafeMutableBufferPointer<Float>
    ) {
        precondition(source.count == destination.count * dtype.byteCount)
        switch dtype {
        case .float32:
            for index in destination.indices {
                destination[index] = Float(bitPattern: load(source, index))
            }
        case .bfloat16:
            for index in destination.indices {
                let bits: UInt16 = load(source, index)
                destination[index] = Float(bitPattern: UInt32(bits) << 16)
            }
        case .float16:
            for index in destination.indices {
                destination[index] = single(fromHalf: load(source, index))
            }
        case .float64:
            for index in destination.indices {
                destination[index] = Float(Double(bitPattern: load(source, index)))
            }
        default: preconditionFailure("not a floating point type: \(dtype)")
        }
    }

    @inline(__always)
    private static func load<Bits: FixedWidthInteger>(_ source: UnsafeRawBufferPointer, _ index: Int) -> Bits
    {
        Bits(
            littleEndian: source.loadUnaligned(
                fromByteOffset: index &* MemoryLayout<Bits>.size, as: Bits.self))
    }

    /// The single with the value of a half, in integer arithmetic: `Float16` does not exist on every platform.
    static func single(fromHalf half: UInt16) -> Float {
        let sign = UInt32(half & 0x8000) << 16
        let exponent = UInt32(half >> 10 & 0x1F)
        let fraction = UInt32(half & 0x3FF)
        switch exponent {
        case 0:
            // Zero and subnormals: fraction x 2^-24, exact in single precision.
            let magnitude = Float(fraction) * Float(sign: .plus, exponent: -24, significand: 1)
            return Float(bitPattern: sign | magnitude.bitPattern)
        case 0x1F:
            return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
        default:
            return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
        }
    }

    /// The bfloat16 bits nearest to a single, ties to even; a NaN stays a NaN.
    static func brain(from value: Float) -> UInt16 {
        let bits = value.bitPattern
        if value.isNaN { return UInt16(truncatingIfNeeded: bits >> 16) | 0x40 }
        return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
    }
}

extension UnsafeBufferPointer<Float> {
    /// Whether every number is finite, also after rounding to bfloat16 where that is asked for.
    package func isFinite(asBFloat16: Bool = false) -> Bool {
        // The largest magnitude as an integer, which keeps the order of numbers; infinity and NaN come last.
        var largest: UInt32 = 0
        for value in self { largest = Swift.max(largest, value.bitPattern & 0x7FFF_FFFF) }
        return largest < (asBFloat16 ? 0x7F7F_8000 : 0x7F80_0000)
    }
}

extension ByteSink {
    /// Takes single precision numbers in the byte order of the formats.
    public mutating func write(_ values: [Float]) throws(FileError) {
        #if _endian(little)
            let outcome = values.withUnsafeBytes { buffer in
                Result { () throws(FileError) in try write(buffer) }
            }
            try outcome.get()
        #else
            var bytes: [UInt8] = []
            bytes.reserveCapacity(values.count * 4)
            for value in values { bytes.append(littleEndian: value.bitPattern) }
            try write(bytes)
        #endif
    }

    /// Takes single precision numbers rounded to bfloat16, ties to even.
    public mutating func writeBFloat16(_ values: some Sequence<Float>) throws(FileError) {
        var bytes: [UInt8] = []
        for value in values { bytes.append(littleEndian: FloatConversion.brain(from: value)) }
        try write(bytes)
    }

    /// Takes a number of zero bytes.
    mutating func writeZeros(_ count: Int) throws(FileError) {
        try write([UInt8](repeating: 0, count: count))
    }
}

/// Reads the payload of one floating point tensor of a mapped file as single precision numbers.
struct FloatReader {
    let file: MappedFile
    let tensor: TensorInfo

    func array() -> [Float] {
        // The format readers have checked that the payload lies inside the file, so this is bounded by it.
        return [Float](unsafeUninitializedCapacity: tensor.elementCount) { buffer, count in
            widen(into: UnsafeMutableBufferPointer(rebasing: buffer[..<tensor.elementCount]))
            count = tensor.elementCount
        }
    }

    func read(into destination: UnsafeMutableBufferPointer<Float>) throws(FileError) {
        guard destination.count == tensor.elementCount else {
            throw FileError(
                TensorProblem.elementCount(
                    name: tensor.name, expected: destination.count, got: tensor.elementCount),
                path: file.path)
        }
        widen(into: destination)
    }

    private func widen(into destination: UnsafeMutableBufferPointer<Float>) {
        file.withUnsafeBytes { bytes in
            FloatConversion.widen(
                UnsafeRawBufferPointer(rebasing: bytes[tensor.byteRange]), dtype: tensor.dtype,
                into: destination)
        }
    }
}
