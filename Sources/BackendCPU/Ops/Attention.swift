import COpenBLAS
public import TensorCore

/// Attention is computed in tiles of this many queries against all keys they see: the scores of a tile stay in cache.
private let queryTile = 64

extension CPUBackend {
    public func attention(
        query: Tensor, key: Tensor, value: Tensor, shape: AttentionShape, batch: PackedBatch, output: Tensor,
        logSumExp: Tensor
    ) {
        forEachKeyValueHead(shape, batch) { head, sequence in
            let scores = ScoreTile(sequence: sequence)
            defer { scores.deallocate() }
            let (K, V) = (head.slice(key, sequence), head.slice(value, sequence))
            for queryHead in head.queryHeads {
                let Q = MatrixView(query, row: sequence.lowerBound, column: queryHead * shape.headSize)
                let O = MatrixView(output, row: sequence.lowerBound, column: queryHead * shape.headSize)
                for tile in QueryTiles(length: sequence.count, window: shape.slidingWindow) {
                    let width = tile.keys.count
                    scores.product(
                        Q.from(tile.queries.lowerBound), K.from(tile.keys.lowerBound), transposeRight: true,
                        rows: tile.queries.count, columns: width, inner: shape.headSize, scale: shape.scale)
                    for (row, position) in tile.queries.enumerated() {
                        let visible = tile.visibleKeys(of: position)
                        let logSum = softmax(scores.row(row), width: width, visible: visible)
                        logSumExp.row(sequence.lowerBound + position)[queryHead] = logSum
                    }
                    gemm(
                        scores.view, transposeLeft: false, V.from(tile.keys.lowerBound),
                        transposeRight: false,
                        rows: tile.queries.count, columns: shape.headSize, inner: width, alpha: 1, beta: 0,
                        output: O.from(tile.queries.lowerBound))
                }
            }
        }
    }

    // P = exp(S - logSumExp), dV = P^T dO, dS = scale * P * (dO V^T - rowsum(dO * O)), dQ = dS K, dK = dS^T Q
    // (Dao et al., "FlashAttention", 2022, appendix B.2).
    public func attentionBackward(
        dOutput: Tensor, query: Tensor, key: Tensor, value: Tensor, output: Tensor, logSumExp: Tensor,
        shape: AttentionShape, batch: PackedBatch, dQuery: Tensor, dKey: Tensor, dValue: Tensor
    ) {
        let C = shape.headSize
        // One key and value head of one sequence is one thread's, so the sum over its query heads has one order.
        forEachKeyValueHead(shape, batch) { head, sequence in
            let scores = ScoreTile(sequence: sequence)
            let dScores = ScoreTile(sequence: sequence)
            defer {
                scores.deallocate()
                dScores.deallocate()
            }
            let (K, V) = (head.slice(key, sequence), head.slice(value, sequence))
            let (dK, dV) = (head.slice(dKey, sequence), head.slice(dValue, sequence))
            for row in 0..<sequence.count {
                dK.row(row).update(repeating: 0, count: C)
                dV.row(row).update(repeating: 0, count: C)
            }
            for queryHead in head.queryHeads {
                let column = queryHead * C
                let Q = MatrixView(query, row: sequence.lowerBound, column: column)
                let O = MatrixView(output, row: sequence.lowerBound, column: column)
                let dO = MatrixView(dOutput, row: sequence.lowerBound, column: column)
                let dQ = MatrixView(dQuery, row: sequence.lowerBound, column: column)
                for tile in QueryTiles(length: sequence.count, window: shape.slidingWindow) {
                    let (first, width, rows) = (tile.keys.lowerBound, tile.keys.count, tile.queries.count)
                    let start = tile.queries.lowerBound
                    scores.product(
                        Q.from(start), K.from(first), transposeRight: true, rows: rows, columns: width,
                        inner: C,
                        scale: shape.scale)
                    dScores.product(
                        dO.from(start), V.from(first), transposeRight: true, rows: rows, columns: width,
                        inner: C,
                        scale: 1)
                    for (row, position) in tile.queries.enumerated() {
                        softmaxBackward(
                            probabilities: scores.row(row), gradients: dScores.row(row), width: width,
                            visible: tile.visibleKeys(of: position),
                            logSumExp: logSumExp.row(sequence.lowerBound + position)[queryHead],
                            delta: dotProduct(dO.row(position), O.row(position), C), scale: shape.scale)
                    }
                    gemm(
                        scores.view, transposeLeft: true, dO.from(start), transposeRight: false, rows: width,
                        columns: C, inner: rows, alpha: 1, beta: 1, output: dV.from(first))
                    gemm(
                        dScores.view, transposeLeft: false, K.from(first), transposeRight: false, rows: rows,
                        columns: C, inner: width, alpha: 1, beta: 0, output: dQ.from(start))
                    gemm(
                        dScores.view, transposeLeft: true, Q.from(start), transposeRight: false, rows: width,
                        columns: C, inner: rows, alpha: 1, beta: 1, output: dK.from(first))
                }
            }
        }
    }

    private func forEachKeyValueHead(
        _ shape: AttentionShape, _ batch: PackedBatch, _ body: (KeyValueHead, Range<Int>) -> Void
    ) {
        let heads = shape.keyValueHeads
        parallel.items(batch.sequenceCount * heads) { item in
            let sequence = item / heads
            body(
                KeyValueHead(index: item % heads, shape: shape),
                batch.cuSeqlens[sequence]..<batch.cuSeqlens[sequence + 1])
        }
    }
}

/// One key and value head and the query heads that share it.
private struct KeyValueHead {
    let index: Int
    let shape: AttentionShape

    var queryHeads: Range<Int> {
        let group = shape.queryHeads / shape.keyValueHeads
        return index * group..<(index + 1) * group
    }

    func slice(_ tensor: Tensor, _ sequence: Range<Int>) -> MatrixView {
        MatrixView(tensor, row: sequence.lowerBound, column: index * shape.headSize)
    }
}

/// The tiles of a sequence: consecutive queries and the keys any of them sees.
private struct QueryTiles: Sequence, IteratorProtocol {
    let length: Int
    let window: Int?
    private var start = 0

    struct Tile {
        let queries: Range<Int>
        let keys: Range<Int>
        let window: Int?

        /// The keys a query sees, counted from the tile's first key.
        func visibleKeys(of position: Int) -> Range<Int> {
            let first = window.map { Swift.max(position - $0 + 1, 0) } ?? 0
            return first - keys.lowerBound..<position + 1 - keys.lowerBound
        }
    }

    init(length: Int, window: Int?) {
        self.length = length
        self.window = window
    }

    mutating func next() -> Tile? {
        guard start < length else { return nil }
        let end = Swift.min(start + queryTile, length)
        defer { start = end }
        let firstKey = window.map { Swift.max(start - $0 + 1, 0) } ?? 0
        return Tile(queries: start..<end, keys: firstKey..<end, window: window)
    }
}

/// A part of a row-major matrix.
private struct MatrixView {
    let base: UnsafeMutablePointer<Float>
    let stride: Int

    init(base: UnsafeMutablePointer<Float>, stride: Int) {
        self.base = base
        self.stride = stride
    }

    init(_ tensor: Tensor, row: Int, column: Int) {
        base = tensor.row(row) + column
        stride = tensor.rowStride
    }

    func row(_ index: Int) -> UnsafeMutablePointer<Float> { base + index * stride }
    func from(_ row: Int) -> MatrixView { MatrixView(base: base + row * stride, stride: stride) }
}

/// Scores of one tile, one row per query.
private struct ScoreTile {
    let view: MatrixView

    init(sequence: Range<Int>) {
        let stride = (sequence.count + 7) & ~7
        view = MatrixView(base: .allocate(capacity: min(queryTile, sequence.count) * stride), stride: stride)
    }

    func deallocate() { view.base.deallocate() }
    func row(_ index: Int) -> UnsafeMutablePointer<Float> { view.row(index) }

    func product(
        _ left: MatrixView, _ right: MatrixView, transposeRight: Bool, rows: Int, columns: Int, inner: Int,
        scale: Float
    ) {
        gemm(
            left, transposeLeft: false, right, transposeRight: transposeRight, rows: rows, columns: columns,
            inner: inner, alpha: scale, beta: 0, output: view)
    }
}

private func gemm(
    _ left: MatrixView, transposeLeft: Bool, _ right: MatrixView, transposeRight: Bool, rows: Int,
    columns: Int,
    inner: Int, alpha: Float, beta: Float, output: MatrixView
) {
    cblas_sgemm(
        CblasRowMajor, transposeLeft ? CblasTrans : CblasNoTrans, transposeRight ? CblasTrans : CblasNoTrans,
        blasint(rows), blasint(columns), blasint(inner), alpha, left.base, blasint(left.stride), right.base,
        blasint(right.stride), beta, output.base, blasint(output.stride))
}

/// Replaces a row of scores by probabilities, zero outside the visible keys.
///
/// - Returns: the logarithm of the sum of the exponentials.
private func softmax(_ scores: UnsafeMutablePointer<Float>, width: Int, visible: Range<Int>) -> Float {
    let row = scores + visible.lowerBound
    var maximum = row[0]
    for index in 1..<max(1, visible.count) { maximum = max(maximum, row[index]) }
    let shift = F8(repeating: maximum)
    var sums = F8(repeating: 0)
    var index = 0
    while index < visible.count {
        let count = min(8, visible.count - index)
        if count == 8 {
            let e = exponential(row.load(index) - shift)
            row.store(e, index)
            sums += e
        } else {
            let e = exponential(row.loadTail(index, count, padding: -.infinity) - shift)
            row.storeTail(e, index, count)
            sums += e
        }
        index += 8
    }
    let sum = sums.sum()
    let inverse = 1 / sum
    row.transform(visible.count) { $0 * inverse }
    clear(scores, width: width, except: visible)
    return maximum + logarithm(sum)
}

/// Turns scores into probabilities and the gradient of the probabilities into that of the scores.
private func softmaxBackward(
    probabilities: UnsafeMutablePointer<Float>, gradients: UnsafeMutablePointer<Float>, width: Int,
    visible: Range<Int>, logSumExp: Float, delta: Float, scale: Float
) {
    let (p, d) = (probabilities + visible.lowerBound, gradients + visible.lowerBound)
    var index = 0
    while index < visible.count {
        let count = min(8, visible.count - index)
        if count == 8 {
            let e = exponential(p.load(index) - logSumExp)
            p.store(e, index)
            d.store(e * (d.load(index) - delta) * scale, index)
        } else {
            let e = exponential(p.loadTail(index, count, padding: -.infinity) - logSumExp)
            p.storeTail(e, index, count)
            d.storeTail(e * (d.loadTail(index, count, padding: 0) - delta) * scale, index, count)
        }
        index += 8
    }
    clear(probabilities, width: width, except: visible)
    clear(gradients, width: width, except: visible)
}

private func clear(_ row: UnsafeMutablePointer<Float>, width: Int, except visible: Range<Int>) {
    row.update(repeating: 0, count: visible.lowerBound)
    (row + visible.upperBound).update(repeating: 0, count: width - visible.upperBound)
}
