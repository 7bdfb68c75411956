import BackendCPU
import TensorCore
import TestSupport
import Testing

/// The last layer's attention for the pooled rows alone, against the whole block of which it is a part.
@Suite struct PooledBlockTests {
    private static let D = 24

    @Test(arguments: [false, true], [false, true])
    func `Pooled rows and all gradients are those of the whole block`(
        hasHeadNorms: Bool, hasDropout: Bool
    ) throws {
        let backend = CPUBackend(threads: 2)
        let batch = PackedBatch(
            [5, 1, 7].enumerated().map { place, length in
                TokenSequence(
                    sampleID: place, inputIDs: Array(repeating: 4, count: length - 1) + [place == 2 ? 0 : 4])
            }, padTokenID: 0)
        let mask = hasDropout ? DropoutMask(probability: 0.3, seed: 1, step: 2) : nil
        let block = try block(on: backend, hasHeadNorms: hasHeadNorms)
        let (T, B) = (batch.tokenCount, batch.sequenceCount)
        let input = try backend.randomTensor(rows: T, columns: Self.D, "input")
        let dPooled = try backend.randomTensor(rows: B, columns: Self.D, "gradient")
        func context() -> PassContext {
            PassContext(
                batch: batch, mask: mask, workspace: Workspace(backend: backend), keepsActivations: true)
        }

        let whole = try backend.attentionBlock(input, block: block.block, context: context())
        let rows = batch.pooledRows.map { whole.output.rows($0..<$0 + 1) }
        let expected = rows.flatMap { backend.values(of: $0) }
        let dWhole = try backend.emptyTensor(rows: T, columns: Self.D)
        backend.fill(dWhole, with: 0)
        backend.scatterAddRows(dPooled, rows: batch.pooledRows, output: dWhole)
        try backend.attentionBlockBackward(
            dHiddenStates: dWhole, activations: whole, block: block.block, context: context(),
            needsInputGradient: true)
        let gradients = block.gradients.map { backend.values(of: $0) }

        for gradient in block.gradients { backend.fill(gradient, with: 0) }
        let pooled = try backend.pooledAttentionBlock(input, block: block.block, context: context())
        let dInput = try backend.emptyTensor(rows: T, columns: Self.D)
        try backend.pooledAttentionBlockBackward(
            dPooled: dPooled, activations: pooled, block: block.block, context: context(),
            dHiddenStates: dInput, needsInputGradient: true)
        // The same sums in another order: a few roundings of single precision.
        #expect(relativeError(backend.values(of: pooled.output), expected.doubles) < 1e-6)
        #expect(relativeError(backend.values(of: dInput), backend.values(of: dWhole).doubles) < 1e-5)
        for (found, wanted) in zip(block.gradients, gradients) {
            #expect(wanted.contains { $0 != 0 })
            #expect(relativeError(backend.values(of: found), wanted.doubles) < 1e-5)
        }
    }

    private func block(
        on backend: CPUBackend, hasHeadNorms: Bool
    ) throws -> (block: AttentionBlock, gradients: [Tensor]) {
        let (D, C, R) = (Self.D, 6, 3)
        let shape = AttentionShape(queryHeads: 4, keyValueHeads: 2, headSize: C)
        var gradients: [Tensor] = []
        func linear(_ name: String, _ module: Int, rows: Int, columns: Int) throws -> LoRALinear {
            let adapter = LoRAWeights(
                loraA: try backend.randomTensor(rows: R, columns: columns, name + "A"),
                loraB: try backend.randomTensor(rows: rows, columns: R, name + "B"),
                dLoraA: try backend.emptyTensor(rows: R, columns: columns),
                dLoraB: try backend.emptyTensor(rows: rows, columns: R), scaling: 0.5, module: module)
            for gradient in [adapter.dLoraA, adapter.dLoraB] {
                backend.fill(gradient, with: 0)
                gradients.append(gradient)
            }
            return LoRALinear(
                base: LinearWeights(
                    weight: try backend.randomTensor(rows: rows, columns: columns, name),
                    bias: try backend.randomTensor(rows: 1, columns: rows, name + "bias")), adapter: adapter)
        }
        let angles = randomValues(16 * C / 2, "angles")
        let block = AttentionBlock(
            inputNorm: try backend.randomTensor(rows: 1, columns: D, "norm"),
            qProj: try linear("q", 0, rows: 4 * C, columns: D),
            kProj: try linear("k", 1, rows: 2 * C, columns: D),
            vProj: try linear("v", 2, rows: 2 * C, columns: D),
            oProj: try linear("o", 3, rows: D, columns: 4 * C),
            queryNorm: hasHeadNorms ? try backend.randomTensor(rows: 1, columns: C, "qn") : nil,
            keyNorm: hasHeadNorms ? try backend.randomTensor(rows: 1, columns: C, "kn") : nil, shape: shape,
            rotary: RotaryTable(
                cosines: try backend.tensor(angles.map { 1 / (1 + $0 * $0) }, rows: 16, columns: C / 2),
                sines: try backend.tensor(angles.map { $0 / (1 + $0 * $0) }, rows: 16, columns: C / 2),
                headSize: C), eps: 1e-5)
        return (block, gradients)
    }
}
