import COpenBLAS
import TensorCore

/// `output = beta * output + alpha * op(left) op(right)` by OpenBLAS.
///
/// A row's result must not depend on the rows beside it, or how a batch is cut would show. OpenBLAS sums in another
/// order when the right side of a small product is transposed, and when there is one row: the caller brings such
/// right sides in order, and a single row gets company here.
struct OpenBLASProduct {
    /// Products of up to so many multiplications may take OpenBLAS's path for small ones (1,000,000 in 0.3.21).
    static var smallProducts: Int { 1 << 21 }

    let left: Tensor
    let transposeLeft: Bool
    let right: UnsafeMutablePointer<Float>
    /// The distance between the starts of two rows of the right side as it lies in memory.
    let stride: Int
    let transposeRight: Bool
    let K: Int
    let alpha: Float
    let beta: Float
    let output: Tensor

    /// Split along the larger dimension; 32 rows or columns are the least that is efficient.
    func compute(on parallel: Parallel) {
        let (M, N) = (output.rows, output.columns)
        parallel.ranges(of: max(M, N), grain: 32) { range in
            let (rows, columns) = M >= N ? (range, 0..<N) : (0..<M, range)
            let start = left.base + rows.lowerBound * (transposeLeft ? 1 : left.rowStride)
            let target = output.row(rows.lowerBound) + columns.lowerBound
            if rows.count == 1 {
                computeRow(start, columns: columns, target: target)
            } else {
                multiply(
                    start, stride: left.rowStride, transposed: transposeLeft, rows: rows.count,
                    columns: columns,
                    target: target, targetStride: output.rowStride)
            }
        }
    }

    /// One row, with a row of zeros behind it.
    private func computeRow(
        _ row: UnsafeMutablePointer<Float>, columns: Range<Int>, target: UnsafeMutablePointer<Float>
    ) {
        let step = transposeLeft ? left.rowStride : 1
        var input = (0..<K).map { row[$0 * step] } + [Float](repeating: 0, count: K)
        var result = (0..<columns.count).map { target[$0] } + [Float](repeating: 0, count: columns.count)
        input.withUnsafeMutableBufferPointer { input in
            result.withUnsafeMutableBufferPointer { result in
                guard let input = input.baseAddress, let result = result.baseAddress else { return }
                multiply(
                    input, stride: K, transposed: false, rows: 2, columns: columns, target: result,
                    targetStride: columns.count)
                target.update(from: result, count: columns.count)
            }
        }
    }

    private func multiply(
        _ input: UnsafeMutablePointer<Float>, stride inputStride: Int, transposed: Bool, rows: Int,
        columns: Range<Int>, target: UnsafeMutablePointer<Float>, targetStride: Int
    ) {
        cblas_sgemm(
            CblasRowMajor, transposed ? CblasTrans : CblasNoTrans, transposeRight ? CblasTrans : CblasNoTrans,
            blasint(rows), blasint(columns.count), blasint(K), alpha, input, blasint(inputStride),
            right + columns.lowerBound * (transposeRight ? stride : 1), blasint(stride), beta, target,
            blasint(targetStride))
    }
}
