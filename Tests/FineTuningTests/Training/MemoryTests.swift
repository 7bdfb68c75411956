import FineTuning
import TestSupport
import Testing

/// Runs with a memory limit.
@Suite struct MemoryTests {
    @Test(arguments: [["q_proj", "v_proj"], ["all-linear"]])
    func `Layers that are computed twice give the same bits`(modules: [String]) throws {
        let run = try TinyRun()
        run.config.batchSize = 1
        run.config.gradientAccumulationSteps = 6
        run.config.loraDropout = 0.2
        run.config.valSplit = 0
        run.config.targetModules = modules
        // One text at a time either way; every text is longer than one token.
        run.config.tokenBudget = 100_000
        let kept = try run.makeTrainer().gradients(TinyRun.corpus, indices: Array(0..<6), step: 1)
        run.config.tokenBudget = 1
        let recomputed = try run.makeTrainer().gradients(TinyRun.corpus, indices: Array(0..<6), step: 1)
        #expect(kept.loss == recomputed.loss)
        #expect(kept.gradients == recomputed.gradients)
        #expect(kept.gradients.contains { $0.contains { $0 != 0 } })
    }

    @Test func `A limit that is too low names the least, and the least is enough`() throws {
        let run = try TinyRun()
        run.config.maxMemory = 1
        let error = #expect(throws: TrainingError.self) { try run.makeTrainer().plan(TinyRun.corpus) }
        guard case .tooLittleMemory(limit: 1, let least) = error else {
            Issue.record("another error: \(String(describing: error))")
            return
        }
        run.config.maxMemory = least
        let plan = try run.makeTrainer().plan(TinyRun.corpus)
        #expect(plan.memoryEstimate <= least)
        run.config.maxMemory = least - 1
        #expect(throws: TrainingError.self) { try run.makeTrainer().plan(TinyRun.corpus) }
    }

    @Test func `The estimate keeps to the limit, and a larger batch does not raise it`() throws {
        let run = try TinyRun()
        run.config.tokenBudget = 200
        let free = try run.makeTrainer().plan(TinyRun.corpus).memoryEstimate
        run.config.gradientAccumulationSteps = 16
        #expect(try run.makeTrainer().plan(TinyRun.corpus).memoryEstimate >= free)
        run.config.batchSize = 64
        let large = try run.makeTrainer().plan(TinyRun.corpus).memoryEstimate
        run.config.batchSize = 1024
        #expect(try run.makeTrainer().plan(TinyRun.corpus).memoryEstimate == large)
        run.config.maxMemory = free - 1000
        #expect(try run.makeTrainer().plan(TinyRun.corpus).memoryEstimate <= free - 1000)
    }
}
