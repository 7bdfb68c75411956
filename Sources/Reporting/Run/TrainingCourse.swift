import Diagnostics
import Evaluation

/// How training went, as its losses tell.
struct TrainingCourse {
    private static let rising = 1.1
    private static let risen = 1.25
    private static let fewestSteps = 8
    private static let falling = 0.02

    let log: RunLog

    /// What is to be said of the rate or the length of training; nil when both look right.
    ///
    /// - Parameter isUseless: whether the model is no better than a guess.
    func verdict(isUseless: Bool) -> RunVerdict? {
        if let fact = tooHigh {
            return RunVerdict(
                kind: .rateTooHigh,
                message:
                    "the rate was too high: \(fact); lower \(setting: .learningRate) to a third of \(peakRate)"
            )
        }
        guard let (before, last) = fall, isUseless || before - last >= Self.falling * before else {
            return nil
        }
        return RunVerdict(
            kind: .stillFalling,
            message:
                "validation loss was still falling (\(NumberFormat.fixed(before, decimals: 3)) to \(NumberFormat.fixed(last, decimals: 3)) in the last epoch): more epochs (\(setting: .epochs)) or a higher rate (\(setting: .learningRate), now \(peakRate))"
        )
    }

    private var peakRate: String { NumberFormat.short(log.steps.map(\.learningRate).max() ?? 0) }

    /// Why the rate was too high; nil when it does not look so. An epoch sees texts that the model has learnt from, so
    /// its training loss is lower than the one before, whatever the validation loss does. And a rate that only is too
    /// low never ends far above where it began: noise of eight steps or more stays within a quarter.
    private var tooHigh: String? {
        var lowest = Double.infinity
        for epoch in log.epochs where epoch.trainLoss.isFinite {
            if epoch.trainLoss > Self.rising * lowest {
                return
                    "the training loss rose to \(NumberFormat.fixed(epoch.trainLoss, decimals: 3)) in epoch \(epoch.epoch) from \(NumberFormat.fixed(lowest, decimals: 3)) before"
            }
            lowest = min(lowest, epoch.trainLoss)
        }
        let losses = log.steps.map(\.loss)
        let count = max(Self.fewestSteps, losses.count / 10)
        guard losses.count >= 3 * count else { return nil }
        let first = losses.prefix(count).reduce(0, +) / Double(count)
        let last = losses.suffix(count).reduce(0, +) / Double(count)
        guard last > Self.risen * first else { return nil }
        return
            "the training loss ended at \(NumberFormat.fixed(last, decimals: 3)), above the \(NumberFormat.fixed(first, decimals: 3)) of the first steps"
    }

    /// The validation loss at the end of the last two epochs, when the last is the lowest of all. The schedule has
    /// ended near zero by then, so a loss that still falls by two in a hundred would fall on; less is what the order
    /// of the rows makes. Of a model that is no better than a guess, any fall says that it has begun to learn.
    private var fall: (before: Double, last: Double)? {
        guard log.end?.reason == "completed" else { return nil }
        let ends = log.epochs.compactMap { epoch in
            log.evaluations.last { $0.step == epoch.step }?.loss
        }
        guard ends.count >= 2, let last = ends.last, last < (ends.dropLast().min() ?? last) else {
            return nil
        }
        return (ends[ends.count - 2], last)
    }
}
