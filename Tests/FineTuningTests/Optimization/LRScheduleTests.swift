import FineTuning
import Testing

@Suite struct LRScheduleTests {
    /// Learning rates of AdamW at 2e-4 under transformers 5.23's `get_*_schedule_with_warmup` with
    /// `ceil(ratio * total)` warm-up steps, read before each step.
    private static let golden: [(TrainingConfig.LRScheduler, Double, [Double])] = [
        (
            .cosine, 0.25,
            [
                0, 6.666666666666667e-05, 0.00013333333333333334, 0.0002, 0.00019396926207859084,
                0.0001766044443118978, 0.00015000000000000001, 0.00011736481776669306, 8.263518223330697e-05,
                5.000000000000002e-05, 2.339555568810221e-05, 6.030737921409169e-06,
            ]
        ),
        (
            .cosine, 0.1,
            [
                0, 0.0002, 0.00018660254037844388, 0.00015000000000000001, 0.0001, 5.000000000000002e-05,
                1.339745962155613e-05,
            ]
        ),
        (
            .linear, 0.25,
            [
                0, 6.666666666666667e-05, 0.00013333333333333334, 0.0002, 0.00017777777777777779,
                0.00015555555555555556, 0.00013333333333333334, 0.00011111111111111112, 8.888888888888889e-05,
                6.666666666666667e-05, 4.4444444444444447e-05, 2.2222222222222223e-05,
            ]
        ),
        (.constant, 0.1, [0, 0.0002, 0.0002, 0.0002, 0.0002, 0.0002, 0.0002]),
    ]

    @Test(arguments: golden)
    func `rates are those of transformers`(
        _ scheduler: TrainingConfig.LRScheduler, _ ratio: Double, _ expected: [Double]
    ) {
        let config = TrainingConfig {
            ($0.learningRate, $0.lrScheduler, $0.warmupRatio) = (2e-4, scheduler, ratio)
        }
        let schedule = LRSchedule(config: config, totalSteps: expected.count)
        for (step, rate) in expected.enumerated() {
            // Both compute in double precision; cosines of two libraries may differ in the last bit.
            #expect(abs(schedule.rate(atStep: step) - rate) <= 1e-15 * 2e-4 + 2e-20)
        }
    }

    @Test func `without warm-up the first step has the full rate`() {
        let schedule = LRSchedule(config: TrainingConfig { $0.warmupRatio = 0 }, totalSteps: 10)
        #expect(schedule.warmupSteps == 0)
        #expect(schedule.rate(atStep: 0) == 2e-4)
    }
}
