import FineTuning
import Testing

@Suite struct ImprovementTrackerTests {
    private func bests(_ values: [Double], isGreaterBetter: Bool = false) -> [Int] {
        var tracker = ImprovementTracker(isGreaterBetter: isGreaterBetter, patience: 0)
        var bests: [Int] = []
        for (index, value) in values.enumerated() {
            if tracker.evaluate(value, step: index, epoch: index + 1) { bests.append(index + 1) }
            tracker.endEpoch()
        }
        return bests
    }

    @Test func `only strict improvements are best`() {
        #expect(bests([1.0, 0.9, 0.95, 0.9, 0.8]) == [1, 2, 5])
        #expect(bests([0.5, 0.5, 0.6, 0.6, 0.55], isGreaterBetter: true) == [1, 3])
    }

    @Test func `a metric that is no number never improves`() {
        #expect(bests([.nan, 0.7, .nan, 0.6]) == [2, 4])
        #expect(bests([.infinity, 0.7]) == [1, 2])
    }

    @Test(arguments: 1...4)
    func `patience runs out after exactly so many epochs without improvement`(_ patience: Int) {
        var tracker = ImprovementTracker(isGreaterBetter: false, patience: patience)
        var stopped: Int?
        for epoch in 1...20 {
            _ = tracker.evaluate(epoch <= 3 ? 1 / Double(epoch) : 5, step: epoch, epoch: epoch)
            tracker.endEpoch()
            if tracker.isExhausted {
                stopped = epoch
                break
            }
        }
        #expect(stopped == 3 + patience)
    }

    @Test func `no patience never stops`() {
        var tracker = ImprovementTracker(isGreaterBetter: false, patience: 0)
        for epoch in 1...50 {
            _ = tracker.evaluate(1, step: epoch, epoch: epoch)
            tracker.endEpoch()
            #expect(!tracker.isExhausted)
        }
    }

    @Test func `an improvement inside an epoch counts for the epoch`() {
        var tracker = ImprovementTracker(isGreaterBetter: false, patience: 1)
        let first = tracker.evaluate(1, step: 1, epoch: 1)
        let second = tracker.evaluate(2, step: 2, epoch: 1)
        #expect(first && !second)
        tracker.endEpoch()
        #expect(!tracker.isExhausted)
        let third = tracker.evaluate(2, step: 3, epoch: 2)
        #expect(!third)
        tracker.endEpoch()
        #expect(tracker.isExhausted)
    }
}
