import CPUKernels
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
        if level == .portable {
            let reorders = transposeRight && M * N * K <= OpenBLASProduct.smallProducts * threads
            withFloats(of: right, transposed: reorders) { floats, stride in
                OpenBLASProduct(
                    left: left, transposeLeft: transposeLeft, right: floats, stride: stride,
                    transposeRight: transposeRight && !reorders, K: K, alpha: alpha, beta: beta,
                    output: output
                ).compute(on: parallel)
            }
        } else {
            product.compute(level: level, scratch: scratch, on: parallel)
        }
    }

    /// Lends a matrix as floats, widened if it is stored as anything else, and transposed if asked.
    private func withFloats(
        of matrix: Tensor, transposed: Bool, _ body: (UnsafeMutablePointer<Float>, Int) -> Void
    ) {
        if matrix.elements.type == .float32, !transposed { return body(matrix.base, matrix.rowStride) }
        let (rows, columns) = (matrix.rows, matrix.columns)
        scratch.withMemory(count: matrix.count * (transposed ? 2 : 1)) { floats in
            parallel.ranges(of: rows, grain: max(1, 16_384 / columns)) { rows in
                for row in rows { matrix.widenRow(row, into: floats + row * columns) }
            }
            guard transposed else { return body(floats, columns) }
            let turned = floats + rows * columns
            for row in 0..<rows {
                for column in 0..<columns { turned[column * rows + row] = floats[row * columns + column] }
            }
            body(turned, rows)
        }
    }
}

/// `output = beta * output + alpha * op(left) op(right)`.
///
/// The inner dimension is never split between threads, so every element is one thread's sum in one order.
private struct MatrixProduct {
    let left: Tensor
    let transposeLeft: Bool
    let right: Tensor
    let transposeRight: Bool
    let K: Int
    let alpha: Float
    let beta: Float
    let output: Tensor

    /// The most floats of the right side that are packed at a time.
    private static var packedLimit: Int { 8 << 20 }
    /// The least multiplications worth a second thread.
    private static var worthSplitting: Int { 1 << 16 }

    /// By kernels of this package: the right side is packed by all threads together, then each computes its part.
    func compute(level: KernelLevel, scratch: ScratchPool, on parallel: Parallel) {
        let width = cpu_kernels_panel_width(level.rawValue)
        let step = cpu_kernels_row_step(level.rawValue)
        let panels = (output.columns + width - 1) / width
        let panelsAtOnce = min(panels, max(1, Self.packedLimit / (K * width)))
        let packedCount = panelsAtOnce * width * K
        let parts = output.count * K < Self.worthSplitting ? 1 : parallel.threads
        // Where rows are packed, there are at most two pieces for each part. Their scratch starts on a cache line.
        let own =
            (cpu_kernels_scratch_count(level.rawValue, transposeLeft ? 1 : 0, left.rowStride, K) + 15) & ~15
        scratch.withMemory(count: packedCount + own * 2 * parts) { memory in
            for first in stride(from: 0, to: panels, by: panelsAtOnce) {
                let count = min(panelsAtOnce, panels - first)
                let part = columns(first * width..<min((first + count) * width, output.columns))
                var description = part.description(packedInto: memory)
                let pieces = ProductSplit(
                    rows: output.rows, step: step, panels: count, parts: parts, evensOut: own == 0
                ).pieces
                withUnsafePointer(to: &description) { product in
                    parallel.ranges(of: count, grain: max(1, 16_384 / (K * width))) { panels in
                        cpu_kernels_pack(level.rawValue, product, panels.lowerBound, panels.upperBound)
                    }
                    parallel.items(pieces.count) { piece in
                        let (rows, panels) = pieces[piece]
                        cpu_kernels_product(
                            level.rawValue, product, rows.lowerBound, rows.upperBound, panels.lowerBound,
                            panels.upperBound, memory + packedCount + piece * own)
                    }
                }
            }
        }
    }

    /// The product that gives a range of the output's columns.
    private func columns(_ range: Range<Int>) -> MatrixProduct {
        MatrixProduct(
            left: left, transposeLeft: transposeLeft,
            right: transposeRight ? right.rows(range) : right.columns(range), transposeRight: transposeRight,
            K: K, alpha: alpha, beta: beta, output: output.columns(range))
    }

    private func description(packedInto memory: UnsafeMutablePointer<Float>) -> CPUKernelsProduct {
        let (base, type) = right.elements
        return CPUKernelsProduct(
            M: output.rows, N: output.columns, K: K, A: left.base, ldA: left.rowStride,
            transposeA: transposeLeft ? 1 : 0, B: base, ldB: right.rowStride,
            transposeB: transposeRight ? 1 : 0, typeB: type.kernelType, alpha: alpha, beta: beta,
            addend: nil, ldAddend: 0, C: output.base, ldC: output.rowStride, packed: memory)
    }
}
