public import TensorCore

extension CPUBackend {
    public func swiGLU(gate: Tensor, up: Tensor, output: Tensor) {
        let F = gate.columns
        precondition(up.columns == F && output.columns == F && up.rows == gate.rows, "SwiGLU shapes")
        parallel.ranges(of: gate.rows, grain: max(1, 4096 / F)) { rows in
            for row in rows {
                let (g, u, y) = (gate.row(row), up.row(row), output.row(row))
                var column = 0
                while column + 8 <= F {
                    let x = g.load(column)
                    y.store(x * sigmoid(x) * u.load(column), column)
                    column += 8
                }
                if column < F {
                    let count = F - column
                    let x = g.loadTail(column, count, padding: 0)
                    y.storeTail(x * sigmoid(x) * u.loadTail(column, count, padding: 0), column, count)
                }
            }
        }
    }

    // silu'(x) = s + x s (1 - s) with s = sigmoid(x).
    public func swiGLUBackward(dOutput: Tensor, gate: Tensor, up: Tensor) {
        let F = gate.columns
        precondition(up.columns == F && dOutput.columns == F && up.rows == gate.rows, "SwiGLU shapes")
        parallel.ranges(of: gate.rows, grain: max(1, 4096 / F)) { rows in
            for row in rows {
                let (dy, g, u) = (dOutput.row(row), gate.row(row), up.row(row))
                var column = 0
                while column < F {
                    let count = min(8, F - column)
                    let full = count == 8
                    let x = full ? g.load(column) : g.loadTail(column, count, padding: 0)
                    let v = full ? u.load(column) : u.loadTail(column, count, padding: 0)
                    let d = full ? dy.load(column) : dy.loadTail(column, count, padding: 0)
                    let s = sigmoid(x)
                    let silu = x * s
                    let dGate = d * v * (s + silu * (1 - s))
                    let dUp = d * silu
                    if full {
                        g.store(dGate, column)
                        u.store(dUp, column)
                    } else {
                        g.storeTail(dGate, column, count)
                        u.storeTail(dUp, column, count)
                    }
                    column += 8
                }
            }
        }
    }
}
