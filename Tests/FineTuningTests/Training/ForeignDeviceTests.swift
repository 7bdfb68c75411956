import BackendCPU
import CheckpointIO
import FineTuning
import Inference
import LazyBackend
import TensorCore
import TestSupport
import Testing
import TransformerModels

/// The trainer on a device of another module: bf16 activations, memory that the host cannot read, and lazy execution.
/// See `Tests/LazyBackend`; `test_parity_bf16.py` compares its numbers with torch's.
@Suite struct ForeignDeviceTests {
    private static func makeRun(on backend: any Backend = LazyBackend()) throws -> TinyRun {
        let run = try TinyRun(backend: backend)
        run.config.loraDropout = 0.1
        run.config.maxSteps = 6
        run.config.saveSteps = 2
        return run
    }

    private static func losses(_ run: TinyRun) -> [Double] {
        run.events.compactMap { if case .step(_, let loss) = $0 { loss } else { nil } }
    }

    @Test func `it trains as the processor does, but for bf16`() throws {
        let (run, reference) = (try Self.makeRun(), try Self.makeRun(on: CPUBackend(threads: 1)))
        try run.train()
        try reference.train()
        let (losses, expected) = (Self.losses(run), Self.losses(reference))
        #expect(losses.count == 6 && losses.count == expected.count)
        // The activations have 8 bits of precision, the losses are about 1.
        for (loss, other) in zip(losses, expected) { #expect(abs(loss - other) < 0.02) }
        #expect(losses != expected)
    }

    @Test func `its checkpoints are finite, and load`() throws {
        let run = try Self.makeRun()
        run.config.keepOptimizerState = true
        try run.train()
        var count = 0
        for name in try RunDirectory.checkpoints(in: run.path) {
            for file in ["model.apr", "training_state.apr"] {
                let apr = try APRFile(path: "\(run.path)/\(name.directoryName)/\(file)")
                for tensor in apr.orderedNames {
                    #expect(try apr.floats(of: tensor).allSatisfy(\.isFinite), "\(name) \(file) \(tensor)")
                    count += 1
                }
            }
        }
        #expect(count > 0)
        let texts = ["rm -rf $dir x", "echo done 3"]
        let logits = try Classifier.load(run.path + "/last", backend: LazyBackend()).logits(texts)
        let expected = try Classifier.load(run.path + "/last", backend: CPUBackend(threads: 1)).logits(texts)
        #expect(logits.count == expected.count)
        for (logit, other) in zip(logits, expected) { #expect(abs(logit - other) < 0.1) }
    }

    @Test(arguments: [1, 4])
    func `a run on it resumes bit for bit`(_ step: Int) throws {
        let straight = try Self.makeRun()
        try straight.train()
        let run = try Self.makeRun()
        try run.train(stoppingAfter: step)
        try run.train(mode: .resume)
        #expect(try TinyRun.weightHashes(run.path) == TinyRun.weightHashes(straight.path))
    }

    @Test func `a pass computes nothing before the host asks`() throws {
        let backend = LazyBackend()
        let run = try TinyRun(backend: backend)
        let model = try SequenceClassifier(
            base: run.base, numLabels: 2,
            adapter: AdapterConfig(baseModelNameOrPath: nil, rank: 2, loraAlpha: 4),
            seed: 1)
        let batch = model.pack([TokenSequence(sampleID: 0, inputIDs: [1, 2, 3])], padTokenID: nil)
        let totals = backend.makeLossTotals()
        model.store.zeroGradients()
        #expect(totals.read() == LossTotals.Values())
        #expect(backend.waitingCommands == 0)
        try model.forwardBackward(
            batch, targets: .classes([1]), loss: LossFunction(), normalizer: 1, totals: totals, mask: nil,
            workspace: backend.makeWorkspace())
        // The two tables of positions, which the first pass uploads; the embedding, two layers and the head forward and
        // backward, without the embedding's backward pass; and the loss.
        #expect(backend.waitingCommands == 14)
        #expect(totals.read().loss > 0)
        #expect(backend.waitingCommands == 0)
    }

    /// A test of the check itself: a model that calls an operation on activations fails.
    @Test func `a model that copies an activation is caught`() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let backend = LazyBackend()
            let activation = try backend.makeWorkspace().tensor(rows: 2, columns: 4)
            backend.copy(activation.rows(0..<1), to: activation.rows(1..<2))
        }
        #expect(Self.text(result).contains("the model touched an activation: copy"))
    }

    @Test func `a model that reads an activation is caught`() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let backend = LazyBackend()
            _ = backend.values(of: try backend.makeWorkspace().tensor(rows: 2, columns: 4))
        }
        #expect(Self.text(result).contains("the model touched an activation: download"))
    }

    /// Blocks do not call it, but other blocks may.
    @Test func `its linear layer with an adapter is the processor's, but for bf16`() throws {
        func numbers(_ backend: any Backend) throws -> [Float] {
            func tensor(_ rows: Int, _ columns: Int) throws -> Tensor {
                let random = CounterRandom(seed: 5, stream: "\(rows)x\(columns)")
                return try backend.makeTensor(
                    (0..<rows * columns).map { 0.3 * random.normal(at: UInt64($0)) }, rows: rows,
                    columns: columns)
            }
            let weights = OwnedFloats((0..<6 * 8).map { Float($0 % 11) / 8 - 0.5 })
            let layer = LoRALinear(
                base: LinearWeights(
                    weight: try backend.makeWeightMatrix(weights.matrix(rows: 6, columns: 8)),
                    bias: try tensor(1, 6)),
                adapter: LoRAWeights(
                    loraA: try tensor(2, 8), loraB: try tensor(6, 2), dLoraA: try tensor(2, 8),
                    dLoraB: try tensor(6, 2), scaling: 0.5, module: 3))
            let batch = PackedBatch(
                [TokenSequence(sampleID: 4, inputIDs: [1, 2, 3])], padTokenID: nil)
            let context = PassContext(
                batch: try backend.prepare(batch), mask: DropoutMask(probability: 0.2, seed: 1, step: 2),
                workspace: backend.makeWorkspace(), keepsActivations: true)
            let (input, output, dInput) = (try tensor(3, 8), try tensor(3, 6), try tensor(3, 8))
            try backend.loraLinear(input, layer: layer, context: context, output: output)
            try backend.loraLinearBackward(
                dOutput: output, input: input, layer: layer, context: context, dInput: dInput, beta: 1)
            guard let adapter = layer.adapter else { return [] }
            return [output, dInput, adapter.dLoraA, adapter.dLoraB].flatMap { backend.values(of: $0) }
        }
        let (numbers, expected) = (try numbers(LazyBackend()), try numbers(CPUBackend(threads: 1)))
        #expect(numbers.count == expected.count && numbers != expected)
        for (number, other) in zip(numbers, expected) { #expect(abs(number - other) < 0.02) }
    }

    private static func text(_ result: ExitTest.Result?) -> String {
        String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    }
}

/// Floats of a frozen matrix.
private final class OwnedFloats: @unchecked Sendable {
    private let memory: UnsafeMutableBufferPointer<Float>

    init(_ values: [Float]) {
        memory = .allocate(capacity: values.count)
        _ = memory.initialize(from: values)
    }

    deinit { memory.deallocate() }

    func matrix(rows: Int, columns: Int) -> WeightBytes {
        WeightBytes(
            bytes: UnsafeRawBufferPointer(memory), format: .float32, rows: rows, columns: columns, owner: self
        )
    }
}
