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

    @Test func `the plan times a step and leaves the model as it was`() throws {
        let run = try TinyRun()
        run.hooks.now = { [clock = TestClock(secondsPerReading: 2)] in clock.read() }
        let plan = try run.makeTrainer().plan(TinyRun.corpus)
        let validating = plan.textLengths.dropFirst(plan.trainExamples).reduce(0, +)
        // A step takes two seconds by this clock; the eight texts of a batch are too short to be shortened.
        let order = try DatasetSplit(
            TinyRun.corpus, validationShare: run.config.valSplit, seed: run.config.seed)
        let first = try EpochOrder(order, of: TinyRun.corpus, seed: run.config.seed).indices(inEpoch: 0)
            .prefix(8)
        let position = Dictionary(uniqueKeysWithValues: order.train.enumerated().map { ($1, $0) })
        let tokens = first.reduce(0) { $0 + plan.textLengths[position[$1] ?? 0] }
        let expected = (2 * Double(plan.tokensPerEpoch) + 2 * Double(validating) / 2) * 2 / Double(tokens)
        #expect(abs((plan.secondsEstimate ?? 0) - expected) < 1e-9 * expected)
        try run.train()
        let timed = try TinyRun.weightHashes(run.path)
        let other = try TinyRun()
        try other.train()
        #expect(try timed == TinyRun.weightHashes(other.path))
    }

    @Test(arguments: [(5.0, true), (0.06, true), (0.05, false), (2e-4, false), (1e-7, false), (1e-9, true)])
    func `a learning rate far from any that is used is questioned`(rate: Double, isQuestioned: Bool) throws {
        let run = try TinyRun()
        run.config.learningRate = rate
        let warnings = try run.makeTrainer().plan(TinyRun.corpus).warnings
        #expect(warnings.contains(.unusualLearningRate(rate)) == isQuestioned)
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
