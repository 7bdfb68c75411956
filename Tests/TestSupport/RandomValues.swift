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

    /// A matrix of standard normal numbers.
    public func randomTensor(rows: Int, columns: Int, _ name: String) throws -> Tensor {
        try tensor(randomValues(rows * columns, name), rows: rows, columns: columns)
    }

    /// A matrix filled with a value that no result should still hold.
    public func emptyTensor(rows: Int, columns: Int) throws -> Tensor {
        try tensor(Array(repeating: .nan, count: rows * columns), rows: rows, columns: columns)
    }
}
