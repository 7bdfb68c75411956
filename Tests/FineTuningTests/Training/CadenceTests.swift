import FineTuning
import TestSupport
import Testing

/// The cadence of checkpoints, through the real trainer with scripted validation losses.
@Suite struct CadenceTests {
    private func run(
        losses: [Double], _ change: (inout TrainingConfig) -> Void = { _ in }
    ) throws -> (run: TinyRun, result: TrainingResult) {
        let run = try TinyRun()
        run.config.epochs = Double(losses.count)
        change(&run.config)
        run.hooks.evaluation = { epoch, _ in .init(loss: losses[epoch - 1], accuracy: 1 - losses[epoch - 1]) }
        return (run, try run.train())
    }

    private func savedSteps(_ run: TinyRun, _ name: CheckpointName) -> [Int] {
        run.events.compactMap {
            if case .saved(let saved, let step) = $0, saved == name { step } else { nil }
        }
    }

    @Test func `best is saved after epochs 1, 2 and 5 of 1.0 0.9 0.95 0.9 0.8`() throws {
        let (run, result) = try run(losses: [1.0, 0.9, 0.95, 0.9, 0.8])
        #expect(savedSteps(run, .best) == [4, 8, 20])
        #expect(result.best == ImprovementTracker.Best(value: 0.8, step: 20, epoch: 5))
        #expect(result.history.map(\.isBest) == [true, true, false, false, true])
        #expect(savedSteps(run, .last) == [4, 8, 12, 16, 20])
        #expect(savedSteps(run, .epoch(5)) == [20])
    }

    @Test func `save_every 5 over 12 epochs writes epoch-5 and epoch-10`() throws {
        let (run, _) = try run(losses: Array(repeating: 1, count: 12)) { $0.earlyStoppingPatience = 0 }
        #expect(
            try RunDirectory.checkpoints(in: run.path).filter { $0 != .best && $0 != .last }
                == [.epoch(10), .epoch(5)])
        #expect(savedSteps(run, .best) == [4])
    }

    @Test func `a removal that an interrupted run still owed is made up for by resuming`() throws {
        let (run, _) = try run(losses: [1, 1, 1]) { $0.saveEvery = 1 }
        run.config.saveTotalLimit = 2
        run.hooks.evaluation = nil
        try run.train(mode: .resume)
        #expect(try RunDirectory.checkpoints(in: run.path) == [.best, .epoch(2), .epoch(3), .last])
    }

    @Test(arguments: 1...3)
    func `training stops after exactly p epochs without improvement`(_ patience: Int) throws {
        let (run, result) = try run(losses: [1, 0.5] + Array(repeating: 0.7, count: 6)) {
            $0.earlyStoppingPatience = patience
        }
        #expect(result.reason == .stoppedEarly)
        #expect(result.epochs == 2 + patience)
        #expect(savedSteps(run, .best) == [4, 8])
    }

    @Test func `a metric of which more is better decides likewise`() throws {
        let (run, result) = try run(losses: [0.5, 0.6, 0.4]) { $0.metricForBest = .accuracy }
        #expect(savedSteps(run, .best) == [4, 12])
        #expect(result.best?.value == 0.6)
    }

    @Test func `without validation there is no best, and a warning says so before the first step`() throws {
        let run = try TinyRun()
        run.config.valSplit = 0
        let result = try run.train()
        #expect(result.best == nil && result.bestCheckpoint == nil)
        #expect(try RunDirectory.checkpoints(in: run.path) == [.last])
        let warning = try #require(run.events.firstIndex(of: .warning(.noValidation)))
        let step = try #require(run.events.firstIndex { if case .step = $0 { true } else { false } })
        #expect(warning < step)
    }

    @Test func `validation inside an epoch saves the best of it`() throws {
        let run = try TinyRun()
        run.config.evalSteps = 3
        // Evaluations at steps 3, 4, 6, 8: the third is the best.
        run.hooks.evaluation = { _, step in .init(loss: step == 6 ? 0.1 : 1 / Double(step)) }
        let result = try run.train()
        #expect(savedSteps(run, .best) == [3, 4, 6])
        #expect(result.best?.step == 6)
        #expect(result.history.map(\.isBest) == [true, true])
    }

    @Test func `last is refreshed by the clock and by steps`() throws {
        let run = try TinyRun()
        let clock = TestClock(secondsPerReading: 10)
        run.hooks.now = { clock.read() }
        run.config.saveInterval = 100
        run.config.epochs = 4
        try run.train()
        #expect(savedSteps(run, .last).contains { $0 % 4 != 0 })

        let other = try TinyRun()
        other.config.saveSteps = 3
        try other.train()
        #expect(savedSteps(other, .last) == [3, 4, 6, 8])
    }

    @Test func `only the newest epoch checkpoints stay under a limit`() throws {
        let (run, _) = try run(losses: [1, 1, 1, 1, 1]) {
            $0.saveEvery = 1
            $0.saveTotalLimit = 2
            $0.earlyStoppingPatience = 0
        }
        #expect(try RunDirectory.checkpoints(in: run.path) == [.best, .epoch(4), .epoch(5), .last])
    }

    @Test func `a step limit replaces epochs and closes the last one early`() throws {
        let run = try TinyRun()
        run.config.maxSteps = 6
        run.config.saveEvery = 1
        let result = try run.train()
        #expect(result.steps == 6)
        #expect(result.history.map(\.step) == [4, 6])
        // The second epoch was not completed.
        #expect(try RunDirectory.checkpoints(in: run.path) == [.best, .epoch(1), .last])
    }
}
