import Platform

/// The learning rate of each step, as `get_{cosine,linear,constant}_schedule_with_warmup` of transformers.
///
/// A pure function of the step's number, so resuming needs no state. When a run is resumed with more epochs, the
/// curve is that of the new total: the warm-up is a share of the new number of steps, and the rate falls to zero at
/// the new end.
package struct LRSchedule: Sendable, Hashable {
    /// The highest rate.
    package let learningRate: Double
    /// The schedule after the warm-up.
    package let scheduler: TrainingConfig.LRScheduler
    /// The number of steps over which the rate rises.
    package let warmupSteps: Int
    /// The number of steps of the whole run.
    package let totalSteps: Int

    /// The schedule of a run of this many steps; the warm-up is its share of them, rounded up.
    package init(config: TrainingConfig, totalSteps: Int) {
        learningRate = config.learningRate
        scheduler = config.lrScheduler
        warmupSteps = Int((Double(totalSteps) * config.warmupRatio).rounded(.up))
        self.totalSteps = totalSteps
    }

    /// The rate of a step, counted from 0: the first step of a warm-up uses zero.
    package func rate(atStep step: Int) -> Double {
        learningRate * factor(step)
    }

    /// The largest rate of any step: the rate rises until the warm-up ends and falls from then on.
    package var largestRate: Double {
        totalSteps > 0 ? max(rate(atStep: min(warmupSteps, totalSteps - 1)), rate(atStep: 0)) : 0
    }

    private func factor(_ step: Int) -> Double {
        if step < warmupSteps { return Double(step) / Double(max(1, warmupSteps)) }
        let rest = Double(max(1, totalSteps - warmupSteps))
        switch scheduler {
        case .constant: return 1
        case .linear: return max(0, Double(totalSteps - step) / rest)
        case .cosine:
            let progress = Double(step - warmupSteps) / rest
            return max(0, 0.5 * (1 + cos(Double.pi * 0.5 * 2 * progress)))
        }
    }
}
