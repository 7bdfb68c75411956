import FineTuning
import Testing

@Suite struct CheckpointScheduleTests {
    @Test func `epoch checkpoints are due every so many epochs`() {
        let schedule = CheckpointSchedule(config: TrainingConfig { $0.saveEvery = 5 })
        let due = (1...12).flatMap { schedule.atEpochEnd(epochs: $0) }.filter { $0 != .last }
        #expect(due == [.epoch(5), .epoch(10)])
        #expect(schedule.atEpochEnd(epochs: 5) == [.epoch(5), .last])
        #expect(schedule.atEpochEnd(epochs: 5, isPartial: true) == [.last])
    }

    @Test func `last is due by steps and by seconds`() {
        let schedule = CheckpointSchedule(
            config: TrainingConfig { ($0.saveInterval, $0.saveSteps) = (300, 4) })
        #expect(schedule.isLastDue(step: 8, secondsSinceSave: 0))
        #expect(!schedule.isLastDue(step: 9, secondsSinceSave: 299.9))
        #expect(schedule.isLastDue(step: 9, secondsSinceSave: 300))
        #expect(!CheckpointSchedule(config: TrainingConfig()).isLastDue(step: 8, secondsSinceSave: 0))
    }

    @Test func `the oldest epochs expire by number`() {
        let schedule = CheckpointSchedule(config: TrainingConfig { $0.saveTotalLimit = 2 })
        #expect(schedule.expired([10, 2, 4, 100]) == [2, 4])
        #expect(schedule.expired([4]) == [])
        #expect(CheckpointSchedule(config: TrainingConfig()).expired([1, 2, 3]) == [])
    }

    @Test(arguments: [
        "epoch-0", "epoch-01", "epoch-", "epoch--1", "epoch-1a", "Best", "last2", ".best.tmp-0", "epoch-+1",
    ])
    func `other names are no checkpoints`(_ name: String) {
        #expect(CheckpointName(directoryName: name) == nil)
    }

    @Test(arguments: [CheckpointName.best, .last, .epoch(1), .epoch(120)])
    func `names read back`(_ name: CheckpointName) {
        #expect(CheckpointName(directoryName: name.directoryName) == name)
    }
}
