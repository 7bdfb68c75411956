import BackendCPU
import CheckpointIO
import TensorCore
import TestSupport
import Testing
import TransformerModels

/// A text's logits have the same bits with any other texts in its batch, with any number of threads and at every
/// level.
@Suite struct BatchIndependenceTests {
    @Test func `A text's logits do not depend on its companions, the threads or the level`() throws {
        let directory = try TemporaryDirectory()
        let path = try TinyBase.write(in: directory)
        let random = CounterRandom(seed: 7, stream: "texts")
        func text(_ number: Int, length: Int) -> TokenSequence {
            TokenSequence(
                sampleID: number,
                inputIDs: (0..<length).map { Int32(random.uniform(at: UInt64(number * 1000 + $0)) * 250) })
        }
        // One length below a tile of attention, one above.
        for length in [5, 61] {
            var expected: [UInt32]?
            for level in KernelLevel.allCases where level <= .best {
                for threads in 1...3 {
                    let backend = CPUBackend(threads: threads, level: level)
                    let model = try SequenceClassifier(
                        base: try BaseModel.load(directory: path, backend: backend), numLabels: 3,
                        adapter: AdapterConfig(
                            baseModelNameOrPath: path, rank: 4, loraAlpha: 8,
                            targetModules: .list(["q_proj", "v_proj"])),
                        seed: 3)
                    for slot in model.store.slots where slot.name.hasSuffix("lora_b") {
                        model.store.setValues(
                            randomValues(slot.count, slot.name), of: slot, in: .parameters)
                    }
                    let workspace = backend.makeWorkspace()
                    for companions in [0, 1, 6, 63] {
                        let before = companions / 2
                        let batch =
                            (0..<before).map { text($0 + 1, length: 1 + $0 * 13 % 70) }
                            + [text(0, length: length)]
                            + (before..<companions).map { text($0 + 1, length: 1 + $0 * 29 % 70) }
                        let logits = try model.logits(
                            model.pack(batch, padTokenID: TinyBase.pad), workspace: workspace)
                        let row = logits[before * 3..<(before + 1) * 3].map(\.bitPattern)
                        if expected == nil { expected = row }
                        #expect(
                            row == expected,
                            "\(length) tokens, \(companions) companions, \(threads) threads, \(level.name)")
                    }
                }
            }
        }
    }
}
