import CheckpointIO
import ClassificationData
import FineTuning
import Platform
import TestSupport
import Testing

@Suite struct StoppingTests {
    @Test func `stop ends after the step under way with a complete last`() throws {
        let run = try TinyRun()
        let result = try run.train(stoppingAfter: 3)
        #expect(result.reason == .interrupted && result.steps == 3)
        #expect(CheckpointVerifier.verify(directory: result.lastCheckpoint).isResumable)
    }

    @Test func `a stop before training begins ends it before its first step, resumable`() throws {
        let run = try TinyRun()
        let trainer = try run.makeTrainer()
        trainer.stop()
        let result = try trainer.train(TinyRun.corpus)
        #expect(result.reason == .interrupted && result.steps == 0)
        try run.train(mode: .resume)
        let straight = try TinyRun()
        try straight.train()
        #expect(try TinyRun.weightHashes(run.path) == TinyRun.weightHashes(straight.path))
    }

    @Test func `validation data of its own leaves the corpus whole`() throws {
        let run = try TinyRun()
        let validation = ClassifyDataset(
            examples: Array(TinyRun.corpus.examples.prefix(6)), labels: TinyRun.corpus.labels,
            problemType: .singleLabel)
        let plan = try run.makeTrainer().plan(TinyRun.corpus, validation: validation)
        #expect(plan.trainExamples == 40 && plan.validationExamples == 6)
        let result = try run.train(validation: validation)
        #expect(result.history.allSatisfy { $0.validation != nil })
    }

    @Test func `cancelling the task ends a run like an interrupt`() async throws {
        let run = try TinyRun()
        run.config.epochs = 200
        run.config.earlyStoppingPatience = 0
        let trainer = try run.makeTrainer()
        let path = run.path
        let task = Task.detached {
            try trainer.train(TinyRun.corpus) { event in
                if case .step(let report) = event, report.step == 6 {
                    withUnsafeCurrentTask { $0?.cancel() }
                }
            }
        }
        let result = try await task.value
        #expect(result.reason == .interrupted && result.steps == 6)
        #expect(CheckpointVerifier.verify(directory: path + "/last").isResumable)
    }

    @Test func `the events come as a stream, and leaving it stops the run`() async throws {
        let run = try TinyRun()
        let trainer = try run.makeTrainer()
        var steps = 0
        var isFinished = false
        for try await event in trainer.events(training: TinyRun.corpus) {
            switch event {
            case .step: steps += 1
            case .finished(let result): isFinished = result.reason == .completed
            default: break
            }
        }
        #expect(steps == 8 && isFinished)
    }

    @Test func `the plan says what will happen`() throws {
        let run = try TinyRun()
        let plan = try run.makeTrainer().plan(TinyRun.corpus)
        #expect(plan.trainExamples == 32 && plan.validationExamples == 8)
        #expect(plan.trainCounts == [16, 16] && plan.validationCounts == [4, 4])
        #expect(plan.stepsPerEpoch == 4 && plan.totalSteps == 8 && plan.warmupSteps == 1)
        #expect(plan.trainableParameterCount == 2 * (2 * 4 * 32 + 32 * 4 + 16 * 4) + 64)
        #expect(plan.architecture == "LlamaForSequenceClassification")
        #expect(try FileStatus.of(run.path, followingLinks: false) == nil)
    }
}
