import BackendCPU
import TensorCore
import TestSupport
import Testing

/// The last layer's attention for the pooled rows alone, compared with the whole block.
@Suite struct PooledBlockTests {
    private static let D = 24

    @Test(arguments: [false, true], [false, true])
    func `Pooled rows and all gradients are those of the whole block`(
        hasHeadNorms: Bool, hasDropout: Bool
    ) throws {
        let backend = CPUBackend(threads: 2)
        let batch = PackedBatch(
            [5, 1, 7].enumerated().map { index, length in
                TokenSequence(
                    sampleID: index, inputIDs: Array(repeating: 4, count: length - 1) + [index == 2 ? 0 : 4])
            }, padTokenID: 0)
        let mask = hasDropout ? DropoutMask(probability: 0.3, seed: 1, step: 2) : nil
        let block = try block(on: backend, hasHeadNorms: hasHeadNorms)
        let (T, B) = (batch.tokenCount, batch.sequenceCount)
        let input = try backend.randomTensor(rows: T, columns: Self.D, "input")
        let dPooled = try backend.randomTensor(rows: B, columns: Self.D, "gradient")
        let prepared = try backend.prepare(batch)
        func context() -> PassContext {
            PassContext(
                batch: prepared, mask: mask, workspace: backend.makeWorkspace(), keepsActivations: true)
        }

        let wholeOutput = try backend.emptyTensor(rows: T, columns: Self.D)
        // Kept activations live in the workspace of their pass.
        let wholeContext = context()
        let whole = try backend.attentionBlock(
            input, block: block.block, context: wholeContext, output: wholeOutput)
        let rows = batch.pooledRows.map { wholeOutput.rows($0..<$0 + 1) }
        let expected = rows.flatMap { backend.values(of: $0) }
        let dWhole = try backend.emptyTensor(rows: T, columns: Self.D)
        backend.fill(dWhole, with: 0)
        backend.scatterAddPooledRows(dPooled, batch: prepared, output: dWhole)
        try backend.attentionBlockBackward(
            dHiddenStates: dWhole, kept: whole, block: block.block, context: wholeContext,
            needsInputGradient: true)
        let gradients = block.gradients.map { backend.values(of: $0) }

        for gradient in block.gradients { backend.fill(gradient, with: 0) }
        let pooledOutput = try backend.emptyTensor(rows: B, columns: Self.D)
        let pooledContext = context()
        let pooled = try backend.pooledAttentionBlock(
            input, block: block.block, context: pooledContext, output: pooledOutput)
        let dInput = try backend.emptyTensor(rows: T, columns: Self.D)
        try backend.pooledAttentionBlockBackward(
            dPooled: dPooled, kept: pooled, block: block.block, context: pooledContext,
            dHiddenStates: dInput, needsInputGradient: true)
        // The same sums in another order: a few roundings of single precision.
        #expect(relativeError(backend.values(of: pooledOutput), expected.doubles) < 1e-6)
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
        let shape = AttentionShape(queryHeads: 4, keyValueHeads: 2, headDim: C)
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
                    weight: try backend.weightMatrix(
                        randomValues(rows * columns, name), rows: rows, columns: columns),
                    bias: try backend.randomTensor(rows: 1, columns: rows, name + "bias")), adapter: adapter)
        }
        func headNorm(_ name: String) throws -> Norm {
            Norm(kind: .rms, weight: try backend.randomTensor(rows: 1, columns: C, name), eps: 1e-5)
        }
        let angles = randomValues(16 * C / 2, "angles")
        let block = AttentionBlock(
            norms: BlockNorms(
                input: Norm(
                    kind: .rms, weight: try backend.randomTensor(rows: 1, columns: D, "norm"), eps: 1e-5)),
            qProj: try linear("q", 0, rows: 4 * C, columns: D),
            kProj: try linear("k", 1, rows: 2 * C, columns: D),
            vProj: try linear("v", 2, rows: 2 * C, columns: D),
            oProj: try linear("o", 3, rows: D, columns: 4 * C),
            queryNorm: hasHeadNorms ? try headNorm("qn") : nil,
            keyNorm: hasHeadNorms ? try headNorm("kn") : nil, shape: shape,
            rotary: RotaryTable(
                cosines: try backend.tensor(angles.map { 1 / (1 + $0 * $0) }, rows: 16, columns: C / 2),
                sines: try backend.tensor(angles.map { $0 / (1 + $0 * $0) }, rows: 16, columns: C / 2),
                headDim: C))
        return (block, gradients)
    }
}
