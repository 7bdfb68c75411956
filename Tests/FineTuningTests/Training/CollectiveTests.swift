import FineTuning
import Platform
import TensorCore
import TestSupport
import Testing

/// The trainer's use of the processes that train together.
@Suite struct CollectiveTests {
    /// One of two processes, whose partner computes the same: sums are doubled. It counts its calls.
    private final class Partner: Collective {
        let rank: Int
        let size = 2
        let reductions = Locked<[Double]>([])
        private let stopsAfter: Int?

        init(rank: Int, stopsAfter: Int? = nil) {
            self.rank = rank
            self.stopsAfter = stopsAfter
        }

        func reduce(
            _ totals: LossTotals.Values, gradients: Tensor, on backend: any Backend
        ) throws -> LossTotals.Values {
            reductions.withLock { $0.append(totals.loss) }
            backend.accumulate(gradients, scale: 1, into: gradients)
            var sums = totals
            sums.loss *= 2
            sums.rightCount *= 2
            return sums
        }

        func any(_ flag: Bool) -> Bool {
            flag || stopsAfter.map { limit in reductions.withLock { $0.count } >= limit } ?? false
        }
    }

    private func train(
        _ run: TinyRun, _ collective: any Collective
    ) throws -> (result: TrainingResult, steps: [StepReport], events: Int) {
        let trainer = try ClassifyTrainer(
            base: run.base, tokenizer: run.tokenizer, config: run.config, hooks: run.hooks,
            collective: collective)
        var (steps, events): ([StepReport], Int) = ([], 0)
        let result = try trainer.train(TinyRun.corpus) { event in
            events += 1
            if case .step(let report) = event { steps.append(report) }
        }
        return (result, steps, events)
    }

    @Test func `Gradients and losses pass the collective once a step, before clipping`() throws {
        let alone = try train(try TinyRun(), SingleProcess())
        let partner = Partner(rank: 0)
        let pair = try train(try TinyRun(), partner)
        #expect(partner.reductions.withLock { $0.count } == pair.result.steps)
        // The first step: the doubled sums reach the report and the norm that clipping sees.
        let (one, two) = (try #require(alone.steps.first), try #require(pair.steps.first))
        #expect(two.loss == 2 * one.loss)
        #expect(two.gradientNorm == 2 * one.gradientNorm)
    }

    @Test func `Only the main process writes files and reports events`() throws {
        let run = try TinyRun()
        let second = try train(run, Partner(rank: 1))
        #expect(second.result.steps == 8)
        #expect(second.events == 0)
        #expect(try FileStatus.of(run.path, followingLinks: true) == nil)
    }

    @Test func `All processes stop when one of them is asked to`() throws {
        let stopped = try train(try TinyRun(), Partner(rank: 0, stopsAfter: 3))
        #expect(stopped.result.reason == .interrupted)
        #expect(stopped.result.steps == 3)
    }
}
