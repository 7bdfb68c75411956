import CPUKernels
public import TensorCore

extension CPUBackend {
    public func lookUp(
        _ table: WeightMatrix, _ ids: BatchIDs, offset: Int, batch: PreparedBatch, adds: Bool, output: Tensor
    ) {
        precondition(output.rows == batch.tokenCount && output.columns == table.columns, "look-up shapes")
        let table = table.host
        let packed = batch.packed
        let ids =
            switch ids {
            case .inputIDs: packed.inputIDs
            case .positions: packed.positions
            case .tokenTypeIDs: packed.tokenTypeIDs
            }
        var decoded = [Float](repeating: 0, count: adds ? table.columns : 0)
        for (row, id) in ids.enumerated() {
            let index = Int(id) + offset
            precondition(index >= 0 && index < table.rows, "row \(index) of \(table.rows)")
            if adds {
                decoded.withUnsafeMutableBufferPointer { decoded in
                    guard let values = decoded.baseAddress else { return }
                    table.decodeRow(index, into: values)
                    cpu_kernels_accumulate(level.rawValue, values, 1, output.row(row), table.columns)
                }
            } else {
                table.decodeRow(index, into: output.row(row))
            }
            // A batch reads a few rows, but the system maps up to 2 MiB around each.
            if row % 16 == 15 { table.releasePages() }
        }
        table.releasePages()
    }

    public func gatherPooledRows(_ input: Tensor, batch: PreparedBatch, output: Tensor) {
        let rows = batch.packed.pooledRows
        precondition(output.rows == rows.count && output.columns == input.columns, "gather shapes")
        for (target, source) in rows.enumerated() {
            precondition(source < input.rows, "row \(source) of \(input.rows)")
            output.row(target).update(from: input.row(source), count: input.columns)
        }
    }

    public func scatterAddPooledRows(_ input: Tensor, batch: PreparedBatch, output: Tensor) {
        let rows = batch.packed.pooledRows
        precondition(input.rows == rows.count && output.columns == input.columns, "scatter shapes")
        for (source, target) in rows.enumerated() {
            precondition(target < output.rows, "row \(target) of \(output.rows)")
            cpu_kernels_accumulate(level.rawValue, input.row(source), 1, output.row(target), input.columns)
        }
    }

    public func accumulate(_ input: Tensor, scale: Float, into output: Tensor) {
        precondition(input.rows == output.rows && input.columns == output.columns, "accumulate shapes")
        parallel.ranges(of: input.rows, grain: max(1, 16_384 / max(1, input.columns))) { rows in
            for row in rows {
                cpu_kernels_accumulate(
                    level.rawValue, input.row(row), scale, output.row(row), input.columns)
            }
        }
    }

    public func addBias(_ bias: Tensor, to output: Tensor) {
        precondition(bias.count == output.columns, "bias of \(bias.count) for \(output.columns) columns")
        let bias = bias.base
        parallel.ranges(of: output.rows, grain: max(1, 16_384 / max(1, output.columns))) { rows in
            for row in rows {
                cpu_kernels_accumulate(level.rawValue, bias, 1, output.row(row), output.columns)
            }
        }
    }

    public func dropout(_ input: Tensor, mask: DropoutMask, module: Int, batch: PreparedBatch, output: Tensor)
    {
        precondition(input.rows == batch.tokenCount && input.columns == output.columns, "dropout shapes")
        parallel.ranges(of: input.rows, grain: 8) { rows in
            for row in rows {
                var rowMask = CPUKernelsDropout()
                rowMask.counter = (
                    UInt32(module) << 16, UInt32(bitPattern: batch.packed.positions[row]),
                    UInt32(bitPattern: batch.packed.sampleIDs[row]), mask.step
                )
                rowMask.key = (
                    UInt32(truncatingIfNeeded: mask.seed), UInt32(truncatingIfNeeded: mask.seed >> 32)
                )
                rowMask.threshold = mask.threshold
                rowMask.scale = mask.scale
                cpu_kernels_dropout(level.rawValue, input.row(row), &rowMask, output.row(row), input.columns)
            }
        }
    }
}
