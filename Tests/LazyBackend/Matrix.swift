/// The bf16 format: the upper half of an fp32 number, rounded to nearest, ties to even.
enum BFloat16 {
    static func bits(_ value: Float) -> UInt16 {
        let bits = value.bitPattern
        if value.isNaN { return UInt16(bits >> 16) | 0x40 }
        return UInt16((bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
    }

    static func value(_ bits: UInt16) -> Float { Float(bitPattern: UInt32(bits) << 16) }

    static func round(_ value: Float) -> Float { Self.value(bits(value)) }
}

/// Numbers in the device's registers, which are fp32 as its sums are. What has been rounded to bf16 is exact in them.
struct Matrix: Sendable {
    let rows: Int
    let columns: Int
    private(set) var values: [Float]

    init(rows: Int, columns: Int, values: [Float]) {
        precondition(values.count == rows * columns, "\(values.count) values for \(rows)x\(columns)")
        self.rows = rows
        self.columns = columns
        self.values = values
    }

    /// Zeros.
    init(rows: Int, columns: Int) {
        self.init(rows: rows, columns: columns, values: [Float](repeating: 0, count: rows * columns))
    }

    subscript(row: Int, column: Int) -> Float {
        get { values[row * columns + column] }
        set { values[row * columns + column] = newValue }
    }

    /// The same rounded to bf16: what an operation returns.
    var rounded: Matrix { mapped(BFloat16.round) }

    func mapped(_ body: (Float) -> Float) -> Matrix {
        Matrix(rows: rows, columns: columns, values: values.map(body))
    }

    func combined(with other: Matrix, _ body: (Float, Float) -> Float) -> Matrix {
        precondition(rows == other.rows && columns == other.columns, "matrices of different shapes")
        return Matrix(rows: rows, columns: columns, values: zip(values, other.values).map(body))
    }

    /// The sum, rounded to bf16.
    func plus(_ other: Matrix) -> Matrix { combined(with: other) { BFloat16.round($0 + $1) } }

    /// A row added to each.
    func plus(row: Matrix) -> Matrix {
        precondition(row.rows == 1 && row.columns == columns, "a row of another width")
        var result = self
        for index in values.indices { result.values[index] += row.values[index % columns] }
        return result
    }

    /// The same elements in rows of another width.
    func reshaped(columns: Int) -> Matrix {
        Matrix(rows: values.count / columns, columns: columns, values: values)
    }

    /// Some rows, in this order.
    func gathered(_ rows: [Int]) -> Matrix {
        Matrix(
            rows: rows.count, columns: columns,
            values: rows.flatMap { values[$0 * columns..<($0 + 1) * columns] })
    }

    /// The rows at other indices, zero elsewhere.
    func scattered(to rows: [Int], of count: Int) -> Matrix {
        var result = Matrix(rows: count, columns: columns)
        for (index, row) in rows.enumerated() {
            for column in 0..<columns { result[row, column] += self[index, column] }
        }
        return result
    }

    var transposed: Matrix {
        var result = Matrix(rows: columns, columns: rows)
        for row in 0..<rows { for column in 0..<columns { result[column, row] = self[row, column] } }
        return result
    }

    /// `self other^T`, with sums in fp32: a linear layer.
    func times(transposed other: Matrix) -> Matrix {
        precondition(columns == other.columns, "a product of \(columns) by \(other.columns)")
        var result = Matrix(rows: rows, columns: other.rows)
        let width = columns
        values.withUnsafeBufferPointer { left in
            other.values.withUnsafeBufferPointer { right in
                for row in 0..<rows {
                    for column in 0..<other.rows {
                        var sum: Float = 0
                        let (first, second) = (row * width, column * width)
                        for index in 0..<width { sum += left[first + index] * right[second + index] }
                        result[row, column] = sum
                    }
                }
            }
        }
        return result
    }

    /// `self other`, with sums in fp32.
    func times(_ other: Matrix) -> Matrix { times(transposed: other.transposed) }
}
