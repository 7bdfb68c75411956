public import ClassificationData
public import Diagnostics
import Evaluation

/// The rules that choose the settings that nobody gave, from the size of the base and from the corpus.
///
/// They follow from experiments with a base of 135 million parameters on 600 rows of real texts, in
/// docs/results/defaults-2026-11-30.md. That search has only begun. It shows that a rate of 2e-4 is far too low, that
/// rates from 5e-4 to 2e-3 do equally well, and that 150 to 300 steps are enough there. It does not show that all linear
/// layers are better than two of them, how classes should be weighted, or how many epochs other numbers of rows
/// need. A rate for a larger base is a guess and marked untested. `Tools/defaults/rules.py` has the same rules.
public enum DefaultRules {
    /// What the rules look at.
    public struct Facts: Sendable, Hashable {
        /// The parameters of the base, embeddings included.
        public var parameterCount: Int
        /// The number of examples of an epoch, repeated ones included.
        public var examples: Int
        /// The number of training examples of each class.
        public var classCounts: [Int]
        /// Whether an example has one class or any number.
        public var problemType: ProblemType

        /// The facts of a run.
        public init(parameterCount: Int, examples: Int, classCounts: [Int], problemType: ProblemType) {
            self.parameterCount = parameterCount
            self.examples = examples
            self.classCounts = classCounts
            self.problemType = problemType
        }
    }

    /// A setting that a rule chose.
    public struct Choice: Sendable, Hashable {
        /// The setting's name, such as `learning_rate`.
        public let setting: String
        /// Why it has its value.
        public let reason: Message
        /// Whether our experiments cover the case.
        public var isTested = true
    }

    /// The highest learning rate for bases of fewer than so many parameters, and whether experiments cover them.
    static let rates: [(parameters: Int, rate: Double, isTested: Bool)] = [
        (300_000_000, 1e-3, true), (1_000_000_000, 5e-4, false), (.max, 2e-4, false),
    ]
    /// The examples of an optimizer step.
    static let examplesPerStep = 8
    /// Fewer optimizer steps train too little.
    static let enoughSteps = 300
    static let epochRange = 3...10
    static let warmupRatio = 0.1

    /// A configuration with all settings chosen, and those that the rules chose, in the order of the settings.
    public static func resolve(
        _ config: TrainingConfig, for facts: Facts
    ) -> (config: TrainingConfig, choices: [Choice]) {
        var config = config
        var choices: [Choice] = []
        if !config.$batchSize.isGiven {
            config.batchSize = max(1, examplesPerStep / config.gradientAccumulationSteps)
            choices.append(
                Choice(
                    setting: "batch_size", reason: "\(count(examplesPerStep, "example")) a step for every run"
                ))
        }
        // A limit of steps replaces the epochs.
        if !config.$epochs.isGiven, config.maxSteps == nil {
            let steps = max(1, stepsPerEpoch(facts.examples, config))
            let needed = (enoughSteps + steps - 1) / steps
            config.epochs = Double(min(max(needed, epochRange.lowerBound), epochRange.upperBound))
            choices.insert(
                Choice(
                    setting: "epochs",
                    reason:
                        "\(count(steps, "step")) each; enough for \(enoughSteps), from \(epochRange.lowerBound) to \(epochRange.upperBound)"
                ), at: 0)
        }
        let rule = rates.firstIndex { facts.parameterCount < $0.parameters } ?? rates.endIndex - 1
        let (limit, rate, isTested) = rates[rule]
        let bound =
            limit == .max
            ? "\(NumberFormat.parameters(rates[rule - 1].parameters)) or more"
            : "under \(NumberFormat.parameters(limit))"
        let size: Message = "\(NumberFormat.parameters(facts.parameterCount)) parameters, \(bound)"
        if !config.$learningRate.isGiven {
            config.learningRate = rate
            choices.append(
                Choice(
                    setting: "learning_rate", reason: isTested ? size : "\(size): untested rate",
                    isTested: isTested))
        }
        if !config.$warmupRatio.isGiven {
            config.warmupRatio = warmupRatio
            choices.append(Choice(setting: "warmup_ratio", reason: "the same for every run"))
        }
        if let choice = weighClasses(&config, facts) { choices.append(choice) }
        if !config.$targetModules.isGiven {
            config.targetModules = ["all-linear"]
            choices.append(
                Choice(
                    setting: "target_modules",
                    reason: isTested ? "all of them for every run" : "\(size): untested",
                    isTested: isTested))
        }
        return (config, choices)
    }

    /// Chooses how classes are weighted. Where one has no example, `auto` stays, which warns of it.
    private static func weighClasses(_ config: inout TrainingConfig, _ facts: Facts) -> Choice? {
        guard !config.$classWeights.isGiven, let smallest = facts.classCounts.min(), smallest > 0,
            let largest = facts.classCounts.max()
        else { return nil }
        let reason: Message
        if facts.problemType == .multiLabel {
            reason = "each label is decided by itself"
            config.classWeights = .none
        } else if config.oversample {
            reason = "small classes are repeated"
            config.classWeights = .none
        } else {
            let ratio = NumberFormat.fixed(Double(largest) / Double(smallest), decimals: 1)
            reason = "the largest class is \(ratio) times the smallest"
            config.classWeights = .automatic(counts: facts.classCounts)
        }
        return Choice(setting: "class_weights", reason: reason)
    }

    private static func stepsPerEpoch(_ examples: Int, _ config: TrainingConfig) -> Int {
        (examples + config.effectiveBatchSize - 1) / config.effectiveBatchSize
    }

    private static func count(_ value: Int, _ noun: String) -> String { NumberFormat.counted(value, noun) }
}
