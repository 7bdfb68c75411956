import CPUKernels
public import TensorCore

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
