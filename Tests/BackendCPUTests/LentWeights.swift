import BackendCPU
import TensorCore
import TestSupport
import Testing

/// Weights of a type, in memory that a test lends, and their exact values.
struct LentWeights {
    let shared: SharedWeights
    let values: [Double]
    private let rows, columns: Int

    init(_ type: ElementType, rows: Int, columns: Int) {
        (self.rows, self.columns) = (rows, columns)
        let random = randomValues(rows * columns, "weights")
        let memory: Memory
        let exact: [Float]
        switch type {
        case .float32: (memory, exact) = (Memory(random), random)
        case .bfloat16:
            let bits = random.map { UInt16($0.bitPattern >> 16) }
            (memory, exact) = (Memory(bits), bits.map { Float(bitPattern: UInt32($0) << 16) })
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
            memory = Memory(bits)
        }
        values = exact.map(Double.init)
        shared = SharedWeights(bytes: memory.bytes, type: type, owner: memory)
    }

    func tensor(on backend: CPUBackend) throws -> Tensor {
        Tensor(try #require(backend.makeStorage(sharing: shared)), rows: rows, columns: columns)
    }

    private final class Memory: Sendable {
        nonisolated(unsafe) let bytes: UnsafeRawBufferPointer

        init<Bits>(_ values: [Bits]) {
            let copy = UnsafeMutableRawBufferPointer.allocate(
                byteCount: values.count * MemoryLayout<Bits>.stride, alignment: 64)
            values.withUnsafeBytes { copy.copyMemory(from: $0) }
            bytes = UnsafeRawBufferPointer(copy)
        }

        deinit { bytes.deallocate() }
    }
}
