internal import TensorCore

/// The blocks, on matrices: each forward pass returns what its backward pass needs.

struct AttentionBlockPass {
    let block: AttentionBlock
    let batch: PreparedBatch
    let mask: DropoutMask?
    /// Whether only the pooled rows go on.
    let isPooled: Bool

    struct State: Sendable {
        let input, normed, rawQuery, rawKey, query, key, value, attended: Matrix
        let residual: ResidualPass.State
    }

    private var asking: PackedBatch { isPooled ? batch.pooled.packed : batch.packed }
    private var queryRows: [Int] { isPooled ? batch.packed.pooledRows : Array(0..<batch.tokenCount) }
    private var attention: AttentionPass {
        AttentionPass(shape: block.shape, batch: batch.packed, queryRows: queryRows)
    }
    private var queryHeads: HeadsPass {
        HeadsPass(
            norm: block.queryNorm, rotary: block.rotary, headDim: block.shape.headDim,
            positions: asking.positions)
    }
    private var keyHeads: HeadsPass {
        HeadsPass(
            norm: block.keyNorm, rotary: block.rotary, headDim: block.shape.headDim,
            positions: batch.packed.positions)
    }

    private func linear(_ layer: LoRALinear, _ rows: PackedBatch) -> LinearPass {
        LinearPass(layer: layer, batch: rows, mask: mask)
    }

    func forward(_ input: Matrix) -> (output: Matrix, state: State) {
        let normed = block.norms.input.forward(input)
        let rawQuery = linear(block.qProj, asking).forward(normed.gathered(queryRows))
        let rawKey = linear(block.kProj, batch.packed).forward(normed)
        let value = linear(block.vProj, batch.packed).forward(normed)
        let (query, key) = (queryHeads.forward(rawQuery), keyHeads.forward(rawKey))
        let attended = attention.forward(query: query, key: key, value: value)
        let branch = linear(block.oProj, asking).forward(attended)
        let (output, residual) = ResidualPass(norms: block.norms).forward(
            branch, adding: input.gathered(queryRows))
        return (
            output,
            State(
                input: input, normed: normed, rawQuery: rawQuery, rawKey: rawKey, query: query, key: key,
                value: value, attended: attended, residual: residual)
        )
    }

    /// Adds the adapters' gradients and returns that of the input.
    func backward(_ dOutput: Matrix, _ state: State) -> Matrix {
        let (dSum, dBranch) = ResidualPass(norms: block.norms).backward(dOutput, state.residual)
        let dAttended = linear(block.oProj, asking).backward(dBranch, input: state.attended)
        let d = attention.backward(dAttended, query: state.query, key: state.key, value: state.value)
        let dRawQuery = queryHeads.backward(d.query, raw: state.rawQuery)
        let dRawKey = keyHeads.backward(d.key, raw: state.rawKey)
        let count = state.input.rows
        let dNormed = linear(block.vProj, batch.packed).backward(d.value, input: state.normed)
            .plus(linear(block.kProj, batch.packed).backward(dRawKey, input: state.normed))
            .plus(
                linear(block.qProj, asking).backward(dRawQuery, input: state.normed.gathered(queryRows))
                    .scattered(to: queryRows, of: count))
        return block.norms.input.backward(dNormed, input: state.input)
            .plus(dSum.scattered(to: queryRows, of: count))
    }
}

struct MLPBlockPass {
    let block: MLPBlock
    let batch: PackedBatch
    let mask: DropoutMask?

    struct State: Sendable {
        let input, normed: Matrix
        let gate: Matrix?
        let up, activated: Matrix
        let residual: ResidualPass.State
    }

    private func linear(_ layer: LoRALinear) -> LinearPass {
        LinearPass(layer: layer, batch: batch, mask: mask)
    }

    func forward(_ input: Matrix) -> (output: Matrix, state: State) {
        let normed = block.norms.input.forward(input)
        let gate = block.gateProj.map { linear($0).forward(normed) }
        let up = linear(block.upProj).forward(normed)
        let activated =
            gate.map { block.activation.forward($0).combined(with: up) { BFloat16.round($0 * $1) } }
            ?? block.activation.forward(up)
        let branch = linear(block.downProj).forward(activated)
        let (output, residual) = ResidualPass(norms: block.norms).forward(branch, adding: input)
        return (
            output,
            State(input: input, normed: normed, gate: gate, up: up, activated: activated, residual: residual)
        )
    }

    func backward(_ dOutput: Matrix, _ state: State) -> Matrix {
        let (dSum, dBranch) = ResidualPass(norms: block.norms).backward(dOutput, state.residual)
        let dActivated = linear(block.downProj).backward(dBranch, input: state.activated)
        let dNormed: Matrix
        if let gate = state.gate, let gateProj = block.gateProj {
            let dUp = dActivated.combined(with: block.activation.forward(gate)) { BFloat16.round($0 * $1) }
            let dSlope = dActivated.combined(with: state.up) { BFloat16.round($0 * $1) }
            let dGate = block.activation.backward(dSlope, input: gate)
            dNormed = linear(block.upProj).backward(dUp, input: state.normed)
                .plus(linear(gateProj).backward(dGate, input: state.normed))
        } else {
            let dUp = block.activation.backward(dActivated, input: state.up)
            dNormed = linear(block.upProj).backward(dUp, input: state.normed)
        }
        return block.norms.input.backward(dNormed, input: state.input).plus(dSum)
    }
}

struct HeadBlockPass {
    let block: HeadBlock
    let batch: PackedBatch
    let mask: DropoutMask?

    struct State: Sendable {
        let rows: Int
        let pooled, denseInput: Matrix
        let dense: Matrix?
        let features: Matrix
    }

    private func linear(_ layer: LoRALinear) -> LinearPass {
        LinearPass(layer: layer, batch: batch, mask: mask)
    }

    /// The scores' weights are trained in fp32 and multiplied in bf16, the type in which PEFT loads them.
    func forward(_ hiddenStates: Matrix) -> (logits: Matrix, state: State) {
        let pooled = hiddenStates.gathered(batch.pooledRows)
        let denseInput = block.norm.forward(pooled)
        let dense = block.dense.map { linear($0.layer).forward(denseInput) }
        let features =
            block.dense.flatMap { layer in dense.map { layer.activation.forward($0) } } ?? denseInput
        var logits = features.times(transposed: block.score.matrix.rounded)
        if let bias = block.bias { logits = logits.plus(row: bias.value.matrix.rounded) }
        return (
            logits.rounded,
            State(
                rows: hiddenStates.rows, pooled: pooled, denseInput: denseInput, dense: dense,
                features: features)
        )
    }

    func backward(_ dLogits: Matrix, _ state: State) -> Matrix {
        let dLogits = dLogits.rounded
        block.dScore.add(dLogits.transposed.times(state.features))
        if let bias = block.bias {
            let ones = Matrix(
                rows: 1, columns: dLogits.rows, values: [Float](repeating: 1, count: dLogits.rows))
            bias.gradient.add(ones.times(dLogits))
        }
        var gradient = dLogits.times(block.score.matrix.rounded).rounded
        if let (layer, activation) = block.dense, let dense = state.dense {
            gradient = linear(layer).backward(
                activation.backward(gradient, input: dense), input: state.denseInput)
        }
        return block.norm.backward(gradient, input: state.pooled)
            .scattered(to: batch.pooledRows, of: state.rows)
    }
}

extension EmbeddingBlock {
    func forward(_ batch: PackedBatch) -> Matrix {
        var sum = rows(of: tokens, batch.inputIDs)
        if let tokenTypes { sum = sum.plus(rows(of: tokenTypes, batch.tokenTypeIDs)) }
        if let (table, first) = positions {
            sum = sum.plus(rows(of: table, batch.positions.map { $0 + Int32(first) }))
        }
        return norm.forward(sum)
    }

    private func rows(of table: WeightMatrix, _ ids: [Int32]) -> Matrix {
        Matrix(
            rows: ids.count, columns: table.columns,
            values: ids.flatMap { table.matrix(Int($0)..<Int($0) + 1).values })
    }
}
