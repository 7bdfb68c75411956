public import TensorCore

/// Standard normal numbers that are the same in every run.
public func randomValues(_ count: Int, _ name: String) -> [Float] {
    let random = CounterRandom(seed: 20_261_123, stream: name)
    return (0..<count).map { random.normal(at: UInt64($0)) }
}

extension Backend {
    /// A matrix with these values.
    public func tensor(_ values: [Float], rows: Int, columns: Int) throws -> Tensor {
        let tensor = Tensor(try makeStorage(count: rows * columns), rows: rows, columns: columns)
        values.withUnsafeBufferPointer { upload($0, to: tensor) }
        return tensor
    }

    /// A frozen fp32 matrix with these values.
    public func weightMatrix(_ values: [Float], rows: Int, columns: Int) throws -> WeightMatrix {
        let lent = LentBytes(values)
        return try makeWeightMatrix(
            WeightBytes(bytes: lent.bytes, format: .float32, rows: rows, columns: columns, owner: lent))
    }

    /// A matrix of standard normal numbers.
    public func randomTensor(rows: Int, columns: Int, _ name: String) throws -> Tensor {
        try tensor(randomValues(rows * columns, name), rows: rows, columns: columns)
    }

    /// A matrix filled with a value that no result should have.
    public func emptyTensor(rows: Int, columns: Int) throws -> Tensor {
        try tensor(Array(repeating: .nan, count: rows * columns), rows: rows, columns: columns)
    }
}

/// Memory of a test that holds weights.
public final class LentBytes: Sendable {
    public nonisolated(unsafe) let bytes: UnsafeRawBufferPointer

    /// A copy of the values, on a cache line.
    public init<Bits>(_ values: [Bits]) {
        let copy = UnsafeMutableRawBufferPointer.allocate(
            byteCount: values.count * MemoryLayout<Bits>.stride, alignment: 64)
        values.withUnsafeBytes { copy.copyMemory(from: $0) }
        bytes = UnsafeRawBufferPointer(copy)
    }

    deinit { bytes.deallocate() }
}
