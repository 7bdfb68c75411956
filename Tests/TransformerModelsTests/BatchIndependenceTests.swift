import BackendCPU
import CheckpointIO
import TensorCore
import TestSupport
import Testing
import TransformerModels

/// A text's logits have the same bits with any other texts in its batch, with any number of threads and on every
/// instruction set.
@Suite struct BatchIndependenceTests {
    private static let base =
        #filePath.split(separator: "/", omittingEmptySubsequences: false)
        .dropLast(2).joined(separator: "/") + "/Fixtures/command-line/base"

    @Test(arguments: [1, 5, 70])
    func `A text's logits do not depend on its companions`(length: Int) throws {
        var expected: [UInt32]?
        for level in KernelLevel.allCases where level <= .best {
            for threads in 1...3 {
                let classifier = try classifier(on: CPUBackend(threads: threads, level: level))
                let workspace = classifier.backend.makeWorkspace()
                for companions in [0, 1, 6, 63] {
                    let sequences = (0...companions).map { index in
                        // The text itself is in the middle.
                        let isText = index == companions / 2
                        return text(
                            index: isText ? 1000 : index, length: isText ? length : 1 + index * 7 % 40)
                    }
                    let logits = try classifier.logits(
                        classifier.pack(sequences, padTokenID: 0), workspace: workspace)
                    let found = logits[companions / 2 * 3..<(companions / 2 + 1) * 3].map(\.bitPattern)
                    if expected == nil { expected = found }
                    #expect(
                        found == expected, "\(companions) companions, \(threads) threads, \(level.name)")
                }
            }
        }
    }

    private func text(index: Int, length: Int) -> TokenSequence {
        TokenSequence(
            sampleID: index, inputIDs: (0..<length).map { Int32(1 + ($0 * 37 + index * 11) % 300) })
    }

    /// Adapters on all linear layers, with values that differ.
    private func classifier(on backend: CPUBackend) throws -> SequenceClassifier {
        let classifier = try SequenceClassifier(
            base: try BaseModel.load(directory: Self.base, backend: backend), numLabels: 3,
            adapter: AdapterConfig(
                baseModelNameOrPath: nil, rank: 5, loraAlpha: 8,
                targetModules: .list([
                    "q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj",
                ])), seed: 1)
        for slot in classifier.store.slots {
            classifier.store.setValues(
                randomValues(slot.count, slot.name).map { 0.3 * $0 }, of: slot, in: .parameters)
        }
        return classifier
    }
}
