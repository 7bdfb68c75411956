public import ClassificationData

/// How a classifier is trained: every knob of a run, with its default.
///
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

    /// The directory of the run, which receives `best/`, `epoch-N/` and `last/`. Default `./checkpoints`.
    public var checkpointDir: String
    /// `epoch-N/` is written after every so many completed epochs. Default 5.
    public var saveEvery: Int
    /// `last/` is refreshed when so many seconds have passed since it was written. Default 300.
    public var saveInterval: Double
    /// `last/` is also refreshed every so many steps; nil leaves it at epochs and `saveInterval`. Default nil.
    public var saveSteps: Int?
    /// How many `epoch-N/` are kept, the newest; nil keeps all. `best/` and `last/` do not count. Default nil.
    public var saveTotalLimit: Int?

    // MARK: Length of the run

    /// How often the training examples are visited. Default 3.
    public var epochs: Int
    /// The number of optimizer steps; when given, it replaces `epochs`. Default nil.
    public var maxSteps: Int?
    /// Training stops after so many epochs in a row without improvement; 0 never stops early. Default 10.
    public var earlyStoppingPatience: Int
    /// What "improvement" and "best" are measured by. Default the validation loss.
    public var metricForBest: Metric
    /// Validation takes place every so many steps besides the end of each epoch; nil is at the end of epochs
    /// only. Default nil.
    public var evalSteps: Int?

    // MARK: Optimization

    /// How many examples share one optimizer step before accumulation. Default 16.
    public var batchSize: Int
    /// How many batches share one optimizer step; the effective batch is `batchSize` times this. Default 1.
    public var gradientAccumulationSteps: Int
    /// The highest learning rate, reached after the warm-up. Default 2e-4.
    public var learningRate: Double
    /// How the learning rate goes after the warm-up. Default cosine.
    public var lrScheduler: LRScheduler
    /// The share of all steps over which the learning rate rises from zero. Default 0.1.
    public var warmupRatio: Double
    /// AdamW's decoupled weight decay, on adapters and head. Default 0.01.
    public var weightDecay: Double
    /// Gradients are scaled down to this norm when theirs is larger; 0 never does. Default 1.
    public var maxGradNorm: Double
    /// The share of the target that label smoothing spreads over all classes. Default 0.
    public var labelSmoothing: Double
    /// How classes are weighted in the loss. Default `auto`.
    public var classWeights: ClassWeighting
    /// Whether examples of smaller classes are repeated until all classes are equally frequent. Default false.
    public var oversample: Bool

    // MARK: LoRA

    /// The rank of the adapters. Default 16.
    public var loraRank: Int
    /// The numerator of the adapters' scale, `loraAlpha / loraRank`. Default 32.
    public var loraAlpha: Double
    /// The probability of dropping a feature at the input of an adapter while training. Default 0.
    public var loraDropout: Double
    /// Whether the scale is `loraAlpha / sqrt(loraRank)` (rsLoRA). Default false.
    public var useRSLoRA: Bool
    /// The linear layers that get an adapter: any of `q_proj`, `k_proj`, `v_proj`, `o_proj`, `gate_proj`,
    /// `up_proj`, `down_proj`, or `all-linear` for all of them. Default `q_proj`, `v_proj`.
    public var targetModules: [String]

    // MARK: Data

    /// Texts are cut to so many tokens, special tokens included. Default 512.
    public var maxSeqLength: Int
    /// The share of examples, chosen per class, that validates instead of training; 0 trains on all and keeps no
    /// best checkpoint. Not used when validation data is given. Default 0.2.
    public var valSplit: Double
    /// Decides the split, the shuffles, the dropout masks and the initial weights. Default 42.
    public var seed: UInt64

    // MARK: Machine

    /// How many tokens are worked on at a time; changes speed and memory and, but for rounding, no result.
    /// A text that is longer is worked on alone, in as little memory as a full batch. Default 944.
    public var tokenBudget: Int
    /// The most memory the run should take, in bytes, mapped weights included; fewer tokens are then worked on at a
    /// time, and where that is not enough layers are computed twice. Nil sets no limit. Default nil.
    public var maxMemory: Int?
    /// Progress is meant to be shown every so many steps. Default 10.
    public var loggingSteps: Int

    /// A configuration; every parameter has the default described at its property.
    public init(
        checkpointDir: String = "./checkpoints", saveEvery: Int = 5, saveInterval: Double = 300,
        saveSteps: Int? = nil, saveTotalLimit: Int? = nil, epochs: Int = 3, maxSteps: Int? = nil,
        earlyStoppingPatience: Int = 10, metricForBest: Metric = .loss, evalSteps: Int? = nil,
        batchSize: Int = 16, gradientAccumulationSteps: Int = 1, learningRate: Double = 2e-4,
        lrScheduler: LRScheduler = .cosine, warmupRatio: Double = 0.1, weightDecay: Double = 0.01,
        maxGradNorm: Double = 1, labelSmoothing: Double = 0, classWeights: ClassWeighting = .auto,
        oversample: Bool = false, loraRank: Int = 16, loraAlpha: Double = 32, loraDropout: Double = 0,
        useRSLoRA: Bool = false, targetModules: [String] = ["q_proj", "v_proj"], maxSeqLength: Int = 512,
        valSplit: Double = 0.2, seed: UInt64 = 42, tokenBudget: Int = 944, maxMemory: Int? = nil,
        loggingSteps: Int = 10
    ) {
        self.checkpointDir = checkpointDir
        self.saveEvery = saveEvery
        self.saveInterval = saveInterval
        self.saveSteps = saveSteps
        self.saveTotalLimit = saveTotalLimit
        self.epochs = epochs
        self.maxSteps = maxSteps
        self.earlyStoppingPatience = earlyStoppingPatience
        self.metricForBest = metricForBest
        self.evalSteps = evalSteps
        self.batchSize = batchSize
        self.gradientAccumulationSteps = gradientAccumulationSteps
        self.learningRate = learningRate
        self.lrScheduler = lrScheduler
        self.warmupRatio = warmupRatio
        self.weightDecay = weightDecay
        self.maxGradNorm = maxGradNorm
        self.labelSmoothing = labelSmoothing
        self.classWeights = classWeights
        self.oversample = oversample
        self.loraRank = loraRank
        self.loraAlpha = loraAlpha
        self.loraDropout = loraDropout
        self.useRSLoRA = useRSLoRA
        self.targetModules = targetModules
        self.maxSeqLength = maxSeqLength
        self.valSplit = valSplit
        self.seed = seed
        self.tokenBudget = tokenBudget
        self.maxMemory = maxMemory
        self.loggingSteps = loggingSteps
    }

    /// How many examples share one optimizer step.
    public var effectiveBatchSize: Int { batchSize * gradientAccumulationSteps }

    /// The configuration with its defaults.
    public static let `default` = TrainingConfig()
}
