import CPUKernels
public import TensorCore

extension CPUBackend {
    public func embedding(table: Tensor, batch: PackedBatch, output: Tensor) {
        precondition(output.rows == batch.tokenCount && output.columns == table.columns, "embedding shapes")
        for (row, id) in batch.inputIDs.enumerated() {
            precondition(id >= 0 && Int(id) < table.rows, "token id \(id) of \(table.rows)")
            table.widenRow(Int(id), into: output.row(row))
            // A batch reads a few rows, and the system maps up to 2 MiB around each.
            if row % 16 == 15 { table.forget() }
        }
        table.forget()
    }

    public func gatherRows(_ input: Tensor, rows: [Int], output: Tensor) {
        precondition(output.rows == rows.count && output.columns == input.columns, "gather shapes")
        for (target, source) in rows.enumerated() {
            precondition(source < input.rows, "row \(source) of \(input.rows)")
            output.row(target).update(from: input.row(source), count: input.columns)
        }
    }

    public func scatterAddRows(_ input: Tensor, rows: [Int], output: Tensor) {
        precondition(input.rows == rows.count && output.columns == input.columns, "scatter shapes")
        for (source, target) in rows.enumerated() {
            precondition(target < output.rows, "row \(target) of \(output.rows)")
            let (from, into) = (input.row(source), output.row(target))
            for column in 0..<input.columns { into[column] += from[column] }
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

    public func dropout(_ input: Tensor, mask: DropoutMask, module: Int, batch: PackedBatch, output: Tensor) {
        precondition(input.rows == batch.tokenCount && input.columns == output.columns, "dropout shapes")
        parallel.ranges(of: input.rows, grain: 8) { rows in
            for row in rows {
                var rowMask = CPUKernelsDropout()
                rowMask.counter = (
                    UInt32(module) << 16, UInt32(bitPattern: batch.positions[row]),
                    UInt32(bitPattern: batch.sampleIDs[row]), mask.step
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
