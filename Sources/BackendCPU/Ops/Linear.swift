import COpenBLAS
public import TensorCore

extension CPUBackend {
    public func matmul(
        _ left: Tensor, transposeLeft: Bool, _ right: Tensor, transposeRight: Bool, alpha: Float, beta: Float,
        output: Tensor
    ) {
        let (M, N) = (output.rows, output.columns)
        let K = transposeLeft ? left.rows : left.columns
        precondition((transposeLeft ? left.columns : left.rows) == M, "matmul rows")
        precondition((transposeRight ? right.rows : right.columns) == N, "matmul columns")
        precondition((transposeRight ? right.columns : right.rows) == K, "matmul inner dimension")
        guard M > 0, N > 0, K > 0 else { return }
        let product = MatrixProduct(
            left: left, transposeLeft: transposeLeft, right: right, transposeRight: transposeRight, K: K,
            alpha: alpha, beta: beta, output: output)
        // The inner dimension is never split, so every element is one thread's sum in one order. The larger outer
        // dimension is split; 32 rows or columns are the least a kernel is efficient on.
        if M >= N {
            parallel.ranges(of: M, grain: 32) { product.compute(rows: $0, columns: 0..<N) }
        } else {
            parallel.ranges(of: N, grain: 32) { product.compute(rows: 0..<M, columns: $0) }
        }
    }
}

/// `output = beta * output + alpha * op(left) op(right)`, computable in parts.
private struct MatrixProduct {
    let left: Tensor
    let transposeLeft: Bool
    let right: Tensor
    let transposeRight: Bool
    let K: Int
    let alpha: Float
    let beta: Float
    let output: Tensor

    func compute(rows: Range<Int>, columns: Range<Int>) {
        let leftStart = left.base + rows.lowerBound * (transposeLeft ? 1 : left.rowStride)
        let rightStart = right.base + columns.lowerBound * (transposeRight ? right.rowStride : 1)
        cblas_sgemm(
            CblasRowMajor, transposeLeft ? CblasTrans : CblasNoTrans,
            transposeRight ? CblasTrans : CblasNoTrans,
            blasint(rows.count), blasint(columns.count), blasint(K), alpha, leftStart,
            blasint(left.rowStride),
            rightStart, blasint(right.rowStride), beta, output.row(rows.lowerBound) + columns.lowerBound,
            blasint(output.rowStride))
    }
}
