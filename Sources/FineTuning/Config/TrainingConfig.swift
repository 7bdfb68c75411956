public import ClassificationData
import Inference

/// How a classifier is trained: every setting of a run, with its default.
///
/// `TrainingSetting.all` has what else there is to know of each: a new setting is a property here and an entry there.
/// The defaults suit a base of 0.1 to 1 billion parameters and a few thousand examples. `problems` names every
/// setting that cannot be; `ClassifyTrainer` refuses a configuration that has any.
public struct TrainingConfig: Sendable, Hashable {
    /// How the learning rate goes after the warm-up, in HuggingFace's names.
    public enum LRScheduler: String, Sendable, Hashable, CaseIterable {
        /// Half a cosine, down to zero.
        case cosine
        /// A straight line, down to zero.
        case linear
        /// No change.
        case constant
    }

    /// What decides which checkpoint is the best.
    public enum Metric: String, Sendable, Hashable, CaseIterable {
        /// The validation loss; lower is better.
        case loss
        /// The share of right predictions; higher is better.
        case accuracy
        /// The mean of the classes' F1; higher is better.
        case macroF1 = "macro_f1"

        /// Whether a higher value is better.
        public var isGreaterBetter: Bool { self != .loss }
    }

    // MARK: Files

    /// The directory of the run, which receives `best/`, `epoch-N/` and `last/`.
    public var checkpointDir: String
    /// `epoch-N/` is written after every so many completed epochs.
    public var saveEvery = 5
    /// `last/` is refreshed when so many seconds have passed since it was written.
    public var saveInterval: Double = 300
    /// `last/` is also refreshed every so many steps; nil leaves it at epochs and `saveInterval`.
    public var saveSteps: Int?
    /// How many `epoch-N/` are kept, the newest; nil keeps all. `best/` and `last/` do not count.
    public var saveTotalLimit: Int?

    // MARK: Length of the run

    /// How often the training examples are visited.
    public var epochs = 3
    /// The number of optimizer steps; when given, it replaces `epochs`.
    public var maxSteps: Int?
    /// Training stops after so many epochs in a row without improvement; 0 never stops early.
    public var earlyStoppingPatience = 10
    /// What "improvement" and "best" are measured by.
    public var metricForBest: Metric = .loss
    /// Validate every so many steps, too; nil validates at the end of epochs only.
    public var evalSteps: Int?

    // MARK: Optimization

    /// How many examples share one optimizer step before accumulation.
    public var batchSize = 16
    /// How many batches share one optimizer step; the effective batch is `batchSize` times this.
    public var gradientAccumulationSteps = 1
    /// The highest learning rate, reached after the warm-up.
    public var learningRate: Double = 2e-4
    /// How the learning rate goes after the warm-up.
    public var lrScheduler: LRScheduler = .cosine
    /// The share of all steps over which the learning rate rises from zero.
    public var warmupRatio: Double = 0.1
    /// AdamW's decoupled weight decay, on adapters and head.
    public var weightDecay: Double = 0.01
    /// Gradients are scaled down to this norm when theirs is larger; 0 never does.
    public var maxGradNorm: Double = 1
    /// The share of the target that label smoothing spreads over all classes.
    public var labelSmoothing: Double = 0
    /// How classes are weighted in the loss.
    public var classWeights: ClassWeighting = .auto
    /// Whether examples of smaller classes are repeated until all classes are equally frequent.
    public var oversample = false

    // MARK: LoRA

    /// The rank of the adapters.
    public var loraRank = 16
    /// The numerator of the adapters' scale, `loraAlpha / loraRank`.
    public var loraAlpha: Double = 32
    /// The probability of dropping a feature at the input of an adapter while training.
    public var loraDropout: Double = 0
    /// Whether the scale is `loraAlpha / sqrt(loraRank)` (rsLoRA).
    public var useRSLoRA = false
    /// The linear layers that get an adapter: any of `q_proj`, `k_proj`, `v_proj`, `o_proj`, `gate_proj`,
    /// `up_proj`, `down_proj`, or `all-linear` for all of them.
    public var targetModules: [String] = ["q_proj", "v_proj"]

    // MARK: Data

    /// Texts are cut to so many tokens, special tokens included.
    public var maxSeqLength = Classifier.defaultMaxSeqLength
    /// The share of examples, chosen per class, that validates instead of training; 0 trains on all and keeps no
    /// best checkpoint. Not used when validation data is given.
    public var valSplit: Double = 0.2
    /// Decides the split, the shuffles, the dropout masks and the initial weights.
    public var seed: UInt64 = 42

    // MARK: Machine

    /// How many tokens are worked on at a time; nil leaves it to the device. Changes speed and memory and, but for
    /// rounding, no result.
    /// A text that is longer is worked on alone, in as little memory as a full batch.
    public var tokenBudget: Int?
    /// The most memory the run should take, in bytes, mapped weights included; fewer tokens are then worked on at a
    /// time, and where that is not enough layers are computed twice. Nil sets no limit.
    public var maxMemory: Int?
    /// Progress is meant to be shown every so many steps.
    public var loggingSteps = 10

    /// The defaults, with what `change` makes of them: `TrainingConfig { $0.epochs = 2 }`.
    public init(
        checkpointDir: String = "./checkpoints", _ change: (inout TrainingConfig) -> Void = { _ in }
    ) {
        self.checkpointDir = checkpointDir
        change(&self)
    }

    /// How many examples share one optimizer step.
    public var effectiveBatchSize: Int { batchSize * gradientAccumulationSteps }

    /// The configuration with its defaults.
    public static let `default` = TrainingConfig()
}
