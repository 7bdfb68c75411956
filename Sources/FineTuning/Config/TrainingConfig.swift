public import ClassificationData
import Inference

/// How a classifier is trained: every setting of a run, with its default.
///
/// `TrainingSetting.all` describes each of them: a new setting is a property here and an entry there. `DefaultRules`
/// chooses the `Automatic` ones that are not given, once the base and the corpus are known. `problems` names every
/// invalid setting; `ClassifyTrainer` refuses a configuration that has any.
public struct TrainingConfig: Sendable, Hashable {
    /// The learning rate schedule after the warm-up, by HuggingFace's names.
    public enum LRScheduler: String, Sendable, Hashable, CaseIterable {
        /// Half a cosine, down to zero.
        case cosine
        /// A straight line, down to zero.
        case linear
        /// Constant.
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
    /// `epoch-N/` is written every this many completed epochs.
    public var saveEvery = 5
    /// `last/` is refreshed when it is this many seconds old.
    public var saveInterval: Double = 300
    /// `last/` is also refreshed every this many steps; nil refreshes it only after epochs and `saveInterval`.
    public var saveSteps: Int?
    /// The number of newest `epoch-N/` to keep; nil keeps all. `best/` and `last/` do not count.
    public var saveTotalLimit: Int?
    /// Whether `best/` holds what training resumes from, too; `epoch-N/` and `last/` always do.
    public var keepOptimizerState = false

    // MARK: Length of the run

    /// The number of passes over the training examples; the last may be a part.
    @Automatic public var epochs: Double = 3
    /// The number of optimizer steps; when given, it replaces `epochs`.
    public var maxSteps: Int?
    /// Training stops after this many epochs in a row without improvement; 0 never stops early.
    public var earlyStoppingPatience = 10
    /// The metric that decides "improvement" and "best".
    public var metricForBest: Metric = .loss
    /// Also validate every this many steps; nil validates at the end of epochs only.
    public var evalSteps: Int?

    // MARK: Optimization

    /// How many examples share one optimizer step before accumulation.
    @Automatic public var batchSize = 16
    /// How many batches share one optimizer step; the effective batch is `batchSize` times this.
    public var gradientAccumulationSteps = 1
    /// The highest learning rate, reached after the warm-up.
    @Automatic public var learningRate: Double = 2e-4
    /// How the learning rate goes after the warm-up.
    public var lrScheduler: LRScheduler = .cosine
    /// The share of all steps over which the learning rate rises from zero.
    @Automatic public var warmupRatio: Double = 0.1
    /// AdamW's decoupled weight decay, on adapters and head.
    public var weightDecay: Double = 0.01
    /// Gradients with a larger norm are scaled down to this one; 0 never clips.
    public var maxGradNorm: Double = 1
    /// The share of the target that label smoothing spreads over all classes.
    public var labelSmoothing: Double = 0
    /// How classes are weighted in the loss.
    @Automatic public var classWeights: ClassWeighting = .auto
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
    @Automatic public var targetModules: [String] = ["q_proj", "v_proj"]

    // MARK: Data

    /// Texts are truncated to this many tokens, special tokens included.
    public var maxSeqLength = Classifier.defaultMaxSeqLength
    /// Words around every text; the checkpoint keeps them, and they count as tokens of the text.
    public var template: TextTemplate?
    /// The share of examples, chosen per class, that validates instead of training; 0 trains on all and keeps no
    /// best checkpoint. Not used when validation data is given.
    public var valSplit: Double = 0.2
    /// Decides the split, the shuffles, the dropout masks and the initial weights.
    public var seed: UInt64 = 42

    // MARK: Machine

    /// The tokens per micro-batch; nil lets the device choose. It changes speed and memory, and results only by
    /// rounding. A longer text is a micro-batch of its own.
    public var tokenBudget: Int?
    /// The memory limit in bytes, mapped weights included. To stay below it, micro-batches become smaller; if that is
    /// not enough, layers are computed twice. Nil sets no limit.
    public var maxMemory: Int?
    /// Progress is shown every this many steps.
    public var loggingSteps = 10

    /// The defaults, changed by `change`: `TrainingConfig { $0.epochs = 2 }`.
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
