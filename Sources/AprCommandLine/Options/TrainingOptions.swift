import ArgumentParser
import ClassificationData
import FineTuning

/// How long and how fast the model learns.
struct TrainingOptions: ParsableArguments {
    private static let standard = TrainingConfig.default

    @Option(
        help: ArgumentHelp("How often the corpus is visited. (default: \(standard.epochs))", valueName: "n"))
    var epochs: Int?

    @Option(help: ArgumentHelp("Stop after so many optimizer steps instead.", valueName: "n"))
    var maxSteps: Int?

    @Option(help: ArgumentHelp("Examples per batch. (default: \(standard.batchSize))", valueName: "n"))
    var batchSize: Int?

    @Option(
        help: ArgumentHelp(
            "Batches per optimizer step. (default: \(standard.gradientAccumulationSteps))", valueName: "n"))
    var gradientAccumulationSteps: Int?

    @Option(help: ArgumentHelp("The highest learning rate. (default: 2e-4)", valueName: "rate"))
    var learningRate: Double?

    @Option(
        help: "How the learning rate falls after the warm-up. (default: \(standard.lrScheduler.rawValue))")
    var lrScheduler: TrainingConfig.LRScheduler?

    @Option(
        help: ArgumentHelp(
            "The share of the steps over which the rate rises. (default: \(standard.warmupRatio))",
            valueName: "share"))
    var warmupRatio: Double?

    @Option(help: ArgumentHelp("AdamW's weight decay. (default: \(standard.weightDecay))", valueName: "x"))
    var weightDecay: Double?

    @Option(
        help: ArgumentHelp(
            "Longer gradients are scaled down to this norm; 0 never. (default: \(standard.maxGradNorm))",
            valueName: "norm"))
    var maxGradNorm: Double?

    @Option(
        help: ArgumentHelp(
            "The share of the target spread over all classes. (default: \(standard.labelSmoothing))",
            valueName: "share"))
    var labelSmoothing: Double?

    @Option(
        help: ArgumentHelp(
            "auto, none, sqrt_inverse, inverse, or a JSON file of weights. (default: \(standard.classWeights))",
            valueName: "rule"))
    var classWeights: ClassWeighting?

    @Flag(
        inversion: .prefixedNo,
        help: "Repeat examples of small classes until all are equally frequent. (default: no)")
    var oversample: Bool?

    @Option(
        help: ArgumentHelp(
            "Decides split, shuffling, dropout and initial weights. (default: \(standard.seed))",
            valueName: "n"))
    var seed: UInt64?

    @Option(
        help: ArgumentHelp(
            "The most memory to take, mapped weights included, such as 900M or 2.5G. (default: no limit)",
            valueName: "size"))
    var maxMemory: MemorySize?

    mutating func fill(from file: inout ConfigFile) {
        file.fill(&epochs, "epochs", "an integer")
        file.fill(&maxSteps, "max-steps", "an integer")
        file.fill(&batchSize, "batch-size", "an integer")
        file.fill(&gradientAccumulationSteps, "gradient-accumulation-steps", "an integer")
        file.fill(&learningRate, "learning-rate", "a number")
        file.fill(&lrScheduler, "lr-scheduler", "cosine, linear or constant")
        file.fill(&warmupRatio, "warmup-ratio", "a number")
        file.fill(&weightDecay, "weight-decay", "a number")
        file.fill(&maxGradNorm, "max-grad-norm", "a number")
        file.fill(&labelSmoothing, "label-smoothing", "a number")
        file.fill(&classWeights, "class-weights", "auto, none, sqrt_inverse, inverse or a path")
        file.fill(&oversample, "oversample")
        file.fill(&seed, "seed", "an integer from 0")
        file.fill(&maxMemory, "max-memory", "a size such as 900M or 2.5G")
    }

    func apply(to config: inout TrainingConfig) {
        config.epochs = epochs ?? config.epochs
        config.maxSteps = maxSteps ?? config.maxSteps
        config.batchSize = batchSize ?? config.batchSize
        config.gradientAccumulationSteps = gradientAccumulationSteps ?? config.gradientAccumulationSteps
        config.learningRate = learningRate ?? config.learningRate
        config.lrScheduler = lrScheduler ?? config.lrScheduler
        config.warmupRatio = warmupRatio ?? config.warmupRatio
        config.weightDecay = weightDecay ?? config.weightDecay
        config.maxGradNorm = maxGradNorm ?? config.maxGradNorm
        config.labelSmoothing = labelSmoothing ?? config.labelSmoothing
        config.classWeights = classWeights ?? config.classWeights
        config.oversample = oversample ?? config.oversample
        config.seed = seed ?? config.seed
        config.maxMemory = maxMemory?.byteCount ?? config.maxMemory
    }
}
