import BackendCPU
import ClassificationData
import FineTuning
import TensorCore
import TestSupport
import Testing
import TextTokenization
import TransformerModels

/// One optimizer step over an effective batch gives the same gradients for any division into micro-batches.
@Suite struct AccumulationTests {
    private static let cuts = [(16, 1), (8, 2), (4, 4), (1, 16)]

    private static func corpus(_ problemType: ProblemType) -> ClassifyDataset {
        let texts =
            (0..<13).map { String(repeating: "ab $x ", count: 1 + $0 * 5 % 9) + "\($0)" } + [
                "", "<|pad|>", "a<|pad|>",
            ]
        let examples = texts.enumerated().map { index, text in
            Example(
                text: text,
                label: problemType == .singleLabel
                    ? .index(index % 3 == 0 ? 0 : index % 2 + 1)
                    : .multi([[], [0], [1, 2], [0, 1, 2]][index % 4]), line: index + 1)
        }
        return ClassifyDataset(
            examples: examples, labels: LabelMap(numbered: 3), problemType: problemType)
    }

    @Test(arguments: [ProblemType.singleLabel, .multiLabel])
    func `16x1, 8x2, 4x4 and 1x16 give the same gradients within 1e-5`(_ problemType: ProblemType) throws {
        let run = try TinyRun()
        run.config.loraDropout = 0.1
        run.config.classWeights = problemType == .singleLabel ? .inverse : .none
        run.config.labelSmoothing = 0.1
        run.config.valSplit = 0
        run.config.targetModules = ["all-linear"]
        let corpus = Self.corpus(problemType)
        var reference: [[Float]]?
        var losses: [Double] = []
        for (batchSize, accumulation) in Self.cuts {
            for tokenBudget in [16, 100, 100_000] {
                run.config.batchSize = batchSize
                run.config.gradientAccumulationSteps = accumulation
                run.config.tokenBudget = tokenBudget
                // The last batch of an epoch may be short.
                for indices in [Array(corpus.examples.indices)] {
                    let (loss, gradients) = try run.makeTrainer().gradients(corpus, indices: indices, step: 3)
                    losses.append(loss)
                    guard let expected = reference else {
                        reference = gradients
                        continue
                    }
                    for (found, wanted) in zip(gradients, expected) {
                        let error = zip(found, wanted).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
                            .squareRoot()
                        let norm = wanted.reduce(0) { $0 + $1 * $1 }.squareRoot()
                        #expect(norm > 0)
                        #expect(error <= 1e-5 * norm)
                    }
                }
            }
        }
        #expect(losses.allSatisfy { abs($0 - losses[0]) <= 1e-6 * losses[0] })
    }

    @Test func `a short last batch is a mean over what it has`() throws {
        let run = try TinyRun()
        run.config.valSplit = 0
        run.config.classWeights = .inverse
        let corpus = Self.corpus(.singleLabel)
        run.config.batchSize = 4
        run.config.gradientAccumulationSteps = 4
        let (whole, _) = try run.makeTrainer().gradients(corpus, indices: [1, 2, 3, 4, 5], step: 0)
        run.config.batchSize = 2
        run.config.gradientAccumulationSteps = 8
        let (cut, _) = try run.makeTrainer().gradients(corpus, indices: [1, 2, 3, 4, 5], step: 0)
        #expect(abs(whole - cut) <= 1e-6 * whole)
    }
}
