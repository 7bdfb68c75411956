import CPUKernels
public import TensorCore

extension CPUBackend {
    public func product(
        _ input: Tensor, _ weight: WeightMatrix, transposed: Bool, beta: Float, output: Tensor
    ) {
        multiply(
            input, transposeLeft: false, RightSide(weight), transposeRight: transposed, alpha: 1, beta: beta,
            output: output)
    }

    public func matmul(
        _ left: Tensor, transposeLeft: Bool, _ right: Tensor, transposeRight: Bool, alpha: Float, beta: Float,
        output: Tensor
    ) {
        multiply(
            left, transposeLeft: transposeLeft,
            RightSide(
                base: right.base, format: .float32, rows: right.rows, columns: right.columns,
                rowStride: right.rowStride),
            transposeRight: transposeRight, alpha: alpha, beta: beta, output: output)
    }

    private func multiply(
        _ left: Tensor, transposeLeft: Bool, _ right: RightSide, transposeRight: Bool, alpha: Float,
        beta: Float, output: Tensor
    ) {
        let (M, N) = (output.rows, output.columns)
        let K = transposeLeft ? left.rows : left.columns
        precondition((transposeLeft ? left.columns : left.rows) == M, "product rows")
        precondition((transposeRight ? right.rows : right.columns) == N, "product columns")
        precondition((transposeRight ? right.columns : right.rows) == K, "product inner dimension")
        guard M > 0, N > 0, K > 0 else { return }
        MatrixProduct(
            left: left, transposeLeft: transposeLeft, right: right, transposeRight: transposeRight, K: K,
            alpha: alpha, beta: beta, output: output
        ).compute(level: level, scratch: scratch, on: parallel)
    }

    public func decodeRows(_ rows: Range<Int>, of weight: WeightMatrix, output: Tensor) {
        let weight = weight.host
        precondition(
            rows.count == output.rows && weight.columns == output.columns && rows.upperBound <= weight.rows,
            "rows \(rows) of \(weight.rows)")
        parallel.ranges(of: rows.count, grain: max(1, 65_536 / max(1, weight.columns))) { part in
            for row in part { weight.decodeRow(rows.lowerBound + row, into: output.row(row)) }
        }
    }
}

/// The right side of a product as it lies in memory.
struct RightSide {
    let base: UnsafeRawPointer
    let format: WeightFormat
    let rows, columns, rowStride: Int
}

extension RightSide {
    init(_ weight: WeightMatrix) {
        let host = weight.host
        self.init(
            base: host.base, format: host.format, rows: host.rows, columns: host.columns,
            rowStride: host.columns)
    }
}

/// `output = beta * output + alpha * op(left) op(right)`.
///
/// The inner dimension is never split between threads: one thread computes the sum of an element, in an order that
/// depends on the length of the inner dimension alone.
struct MatrixProduct {
    let left: Tensor
    let transposeLeft: Bool
    let right: RightSide
    let transposeRight: Bool
    let K: Int
    let alpha: Float
    let beta: Float
    let output: Tensor

    /// The fewest multiplications for which a second thread pays.
    private static var worthSplitting: Int { 1 << 16 }

    /// Each thread packs what it needs of the right side and computes its part.
    func compute(level: KernelLevel, scratch: ScratchPool, on parallel: Parallel) {
        let count = cpu_kernels_scratch_count(level.rawValue, K)
        forEachPiece(level: level, scratch: scratch, scratchCount: count, on: parallel) {
            product, rows, panels, memory in
            withUnsafePointer(to: product) { product in
                cpu_kernels_product(
                    level.rawValue, product, rows.lowerBound, rows.upperBound, panels.lowerBound,
                    panels.upperBound, memory)
            }
        }
    }

    /// Calls `body` for pieces that cover the output, on whichever thread is free, with so many floats of scratch memory.
    func forEachPiece(
        level: KernelLevel, scratch: ScratchPool, scratchCount: Int, on parallel: Parallel,
        _ body: (
            _ product: CPUKernelsProduct, _ rows: Range<Int>, _ panels: Range<Int>,
            _ memory: UnsafeMutablePointer<Float>
        ) -> Void
    ) {
        let width = cpu_kernels_panel_width(level.rawValue)
        let pieces = ProductSplit(
            rows: output.rows, step: cpu_kernels_row_step(level.rawValue),
            panels: (output.columns + width - 1) / width,
            parts: output.count * K < Self.worthSplitting ? 1 : parallel.threads
        ).pieces
        // Each thread's scratch starts on a cache line.
        let own = (scratchCount + 15) & ~15
        let aliased = left.rowStride % Self.aliasing == 0
        let spread = aliased ? (left.rows * (left.columns + Self.spacing) + 15) & ~15 : 0
        scratch.withMemory(count: own * (pieces.count > 1 ? parallel.threads : 1) + spread) { memory in
            var product = description
            if aliased { (product.A, product.ldA) = unaliasedCopy(into: memory, on: parallel) }
            let whole = product
            parallel.items(pieces.count) { piece, thread in
                body(whole, pieces[piece].rows, pieces[piece].panels, memory + spread + thread * own)
            }
        }
    }

    /// Rows whose distance is a multiple of this many floats, 4 KiB, evict each other from the L1 cache.
    private static var aliasing: Int { 1024 }
    /// The floats added to the distance of copied rows, so that they do not.
    private static var spacing: Int { 16 }

    /// Copies the left side so that the distance of its rows is not a multiple of 4 KiB.
    private func unaliasedCopy(
        into memory: UnsafeMutablePointer<Float>, on parallel: Parallel
    ) -> (UnsafePointer<Float>, Int) {
        let stride = left.columns + Self.spacing
        parallel.ranges(of: left.rows, grain: max(1, 16_384 / left.columns)) { rows in
            for row in rows { (memory + row * stride).update(from: left.row(row), count: left.columns) }
        }
        return (UnsafePointer(memory), stride)
    }

    private var description: CPUKernelsProduct {
        return CPUKernelsProduct(
            M: output.rows, N: output.columns, K: K, A: left.base, ldA: left.rowStride,
            transposeA: transposeLeft ? 1 : 0, B: right.base, ldB: right.rowStride,
            transposeB: transposeRight ? 1 : 0, typeB: right.format.kernelType, alpha: alpha, beta: beta,
            C: output.base, ldC: output.rowStride)
    }
}
