import BackendCPU
import TensorCore
import TestSupport
import Testing

/// Weights of a type, in memory of the test, and their exact values.
struct LentWeights {
    let bytes: WeightBytes
    let values: [Double]

    init(_ format: WeightFormat, rows: Int, columns: Int) {
        let random = randomValues(rows * columns, "weights")
        let memory: LentBytes
        let exact: [Float]
        switch format {
        case .float32: (memory, exact) = (LentBytes(random), random)
        case .bfloat16:
            let bits = random.map { UInt16($0.bitPattern >> 16) }
            (memory, exact) = (LentBytes(bits), bits.map { Float(bitPattern: UInt32($0) << 16) })
        case .float16:
            // Multiples of 1/64 up to 8, zero and the smallest subnormal number, written out as sign, exponent, fraction.
            let parts = random.indices.map { (sign: $0 % 2, exponent: 12 + $0 % 6, fraction: $0 * 37 % 1024) }
            let bits = parts.enumerated().map { index, part in
                index % 97 == 5
                    ? UInt16(index % 2) : UInt16(part.sign << 15 | part.exponent << 10 | part.fraction)
            }
            exact = parts.enumerated().map { index, part in
                if index % 97 == 5 { return Float(index % 2) * 0x1p-24 }
                let magnitude =
                    (1 + Float(part.fraction) / 1024)
                    * Float(sign: .plus, exponent: part.exponent - 15, significand: 1)
                return part.sign == 1 ? -magnitude : magnitude
            }
            memory = LentBytes(bits)
        }
        values = exact.map(Double.init)
        bytes = WeightBytes(
            bytes: memory.bytes, format: format, rows: rows, columns: columns, owner: memory)
    }

    func matrix(on backend: CPUBackend) throws -> WeightMatrix { try backend.makeWeightMatrix(bytes) }
}
