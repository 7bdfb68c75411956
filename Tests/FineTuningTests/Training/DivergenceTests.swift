import CheckpointIO
import FileHashing
import FineTuning
import TestSupport
import Testing

@Suite struct DivergenceTests {
    @Test func `a loss that is no number stops with its step, and nothing of it is saved`() throws {
        let run = try TinyRun()
        run.config.epochs = 4
        try run.train(stoppingAfter: 5)
        let best = try FileHash.sha256(path: run.path + "/best/model.safetensors", cache: nil)

        // A learning rate far beyond single precision makes weights overflow in the step it is used.
        let broken = try TinyRun(config: run.config)
        broken.config.learningRate = 1e38
        broken.config.warmupRatio = 0
        broken.config.lrScheduler = .constant
        broken.config.maxGradNorm = 0
        let error = #expect(throws: TrainingError.self) { try broken.train() }
        guard case .notFinite(let step, _, let value) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(step >= 1 && !value.isFinite)
        let checkpoints = (try? RunDirectory.checkpoints(in: broken.path)) ?? []
        for name in checkpoints {
            let file = try SafetensorsFile(path: "\(broken.path)/\(name.directoryName)/model.safetensors")
            for tensor in file.orderedNames { #expect(try file.floats(of: tensor).allSatisfy(\.isFinite)) }
        }
        #expect(try FileHash.sha256(path: run.path + "/best/model.safetensors", cache: nil) == best)
    }

    @Test func `the best checkpoint stays as it was when the loss becomes no number later`() throws {
        let run = try TinyRun()
        run.config.epochs = 3
        try run.train(stoppingAfter: 5)
        let best = try FileHash.sha256(path: run.path + "/best/model.safetensors", cache: nil)
        // A validation with NaN is never the best.
        run.hooks.evaluation = { _, _ in .init(loss: .nan) }
        #expect(throws: TrainingError.self) { try run.train(mode: .resume) }
        #expect(try FileHash.sha256(path: run.path + "/best/model.safetensors", cache: nil) == best)
        #expect(CheckpointVerifier.verify(directory: run.path + "/last").isValid)
    }
}
