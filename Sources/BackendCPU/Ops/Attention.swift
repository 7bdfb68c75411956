import CPUKernels
public import TensorCore

extension CPUBackend {
    public func attention(
        query: Tensor, key: Tensor, value: Tensor, shape: AttentionShape, batch: PreparedBatch,
        output: Tensor,
        logSumExp: Tensor
    ) {
        // Heads that share keys share their transposition. With few such groups, threads would wait for the last one.
        let together = shape.queryHeads / shape.keyValueHeads
        let group = batch.sequenceCount * shape.keyValueHeads < 8 * threads ? 1 : together
        attentionItems(shape, batch, headsAtOnce: group, backward: false) { rows, heads in
            let sharedHead = heads.lowerBound / together
            return description(
                query: query, key: key, value: value, output: output, logSumExp: logSumExp, shape: shape,
                rows: rows,
                heads: heads, sharedHead: sharedHead)
        }
    }

    public func attentionBackward(
        dOutput: Tensor, query: Tensor, key: Tensor, value: Tensor, output: Tensor, logSumExp: Tensor,
        shape: AttentionShape, batch: PreparedBatch, dQuery: Tensor, dKey: Tensor, dValue: Tensor
    ) {
        // One thread computes a key and value head of a sequence, so the sum over its query heads has a fixed order.
        let group = shape.queryHeads / shape.keyValueHeads
        attentionItems(shape, batch, headsAtOnce: group, backward: true) { rows, heads in
            let (first, sharedHead) = (rows.lowerBound, heads.lowerBound / group)
            var item = description(
                query: query, key: key, value: value, output: output, logSumExp: logSumExp, shape: shape,
                rows: rows,
                heads: heads, sharedHead: sharedHead)
            let (column, sharedColumn) = (heads.lowerBound * shape.headDim, sharedHead * shape.headDim)
            (item.dOutput, item.ldDOutput) = (UnsafePointer(dOutput.row(first) + column), dOutput.rowStride)
            (item.dQuery, item.ldDQuery) = (dQuery.row(first) + column, dQuery.rowStride)
            (item.dKey, item.ldDKey) = (dKey.row(first) + sharedColumn, dKey.rowStride)
            (item.dValue, item.ldDValue) = (dValue.row(first) + sharedColumn, dValue.rowStride)
            return item
        }
    }

    /// Runs the kernel for every sequence and group of query heads, on whichever thread is free.
    private func attentionItems(
        _ shape: AttentionShape, _ batch: PreparedBatch, headsAtOnce: Int, backward: Bool,
        _ describe: (_ rows: Range<Int>, _ heads: Range<Int>) -> CPUKernelsAttention
    ) {
        let groups = shape.queryHeads / headsAtOnce
        parallel.items(batch.sequenceCount * groups) { item in
            let (sequence, group) = (item / groups, item % groups)
            var attention = describe(
                batch.packed.cuSeqlens[sequence]..<batch.packed.cuSeqlens[sequence + 1],
                group * headsAtOnce..<(group + 1) * headsAtOnce)
            let count = cpu_kernels_attention_scratch(&attention, backward ? 1 : 0)
            attentionScratch.withMemory(count: count) { memory in
                if backward {
                    cpu_kernels_attention_backward(level.rawValue, &attention, memory)
                } else {
                    cpu_kernels_attention(level.rawValue, &attention, memory)
                }
            }
        }
    }

    private func description(
        query: Tensor, key: Tensor, value: Tensor, output: Tensor, logSumExp: Tensor, shape: AttentionShape,
        rows: Range<Int>, heads: Range<Int>, sharedHead: Int
    ) -> CPUKernelsAttention {
        let (column, sharedColumn) = (heads.lowerBound * shape.headDim, sharedHead * shape.headDim)
        var item = CPUKernelsAttention()
        item.length = rows.count
        item.headDim = shape.headDim
        item.heads = heads.count
        item.bidirectional = shape.isCausal ? 0 : 1
        item.window = shape.slidingWindow ?? 0
        item.scale = shape.scale
        (item.query, item.ldQuery) = (UnsafePointer(query.row(rows.lowerBound) + column), query.rowStride)
        (item.key, item.ldKey) = (UnsafePointer(key.row(rows.lowerBound) + sharedColumn), key.rowStride)
        (item.value, item.ldValue) = (
            UnsafePointer(value.row(rows.lowerBound) + sharedColumn), value.rowStride
        )
        (item.output, item.ldOutput) = (output.row(rows.lowerBound) + column, output.rowStride)
        item.logSumExp = logSumExp.row(rows.lowerBound) + heads.lowerBound
        item.ldLogSumExp = logSumExp.rowStride
        return item
    }
}

extension CPUBackend {
    public func rotary(_ states: Tensor, table: RotaryTable, batch: PreparedBatch, inverse: Bool) {
        let (C, half) = (table.headDim, table.headDim / 2)
        let heads = states.columns / C
        precondition(states.rows == batch.tokenCount && heads * C == states.columns, "rotary shapes")
        parallel.ranges(of: states.rows, grain: max(1, 8192 / states.columns)) { rows in
            for row in rows {
                let position = Int(batch.packed.positions[row])
                precondition(position < table.cosines.rows, "position \(position) of \(table.cosines.rows)")
                let (cosines, sines) = (table.cosines.row(position), table.sines.row(position))
                for head in 0..<heads {
                    let low = states.row(row) + head * C
                    cpu_kernels_rotate(
                        level.rawValue, low, low + half, cosines, sines, inverse ? -1 : 1, half)
                }
            }
        }
    }
}
