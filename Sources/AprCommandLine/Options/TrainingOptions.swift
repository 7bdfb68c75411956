import ArgumentParser
import ClassificationData
import FineTuning

/// How long and how fast the model learns.
struct TrainingOptions: ParsableArguments {
    @Option(help: .setting(\.epochs)) var epochs: Double?
    @Option(help: .setting(\.maxSteps)) var maxSteps: Int?
    @Option(help: .setting(\.batchSize)) var batchSize: Int?
    @Option(help: .setting(\.gradientAccumulationSteps)) var gradientAccumulationSteps: Int?
    @Option(help: .setting(\.learningRate)) var learningRate: Double?
    @Option(help: .setting(\.lrScheduler)) var lrScheduler: TrainingConfig.LRScheduler?
    @Option(help: .setting(\.warmupRatio)) var warmupRatio: Double?
    @Option(help: .setting(\.weightDecay)) var weightDecay: Double?
    @Option(help: .setting(\.maxGradNorm)) var maxGradNorm: Double?
    @Option(help: .setting(\.labelSmoothing)) var labelSmoothing: Double?
    @Option(help: .setting(\.classWeights)) var classWeights: ClassWeighting?
    @Flag(inversion: .prefixedNo, help: .setting(\.oversample)) var oversample: Bool?
    @Option(help: .setting(\.seed)) var seed: UInt64?
    @Option(help: .setting(\.maxMemory)) var maxMemory: MemorySize?
}

/// The LoRA adapters.
struct AdapterOptions: ParsableArguments {
    @Option(help: .setting(\.loraRank)) var rank: Int?
    @Option(help: .setting(\.loraAlpha)) var alpha: Double?
    @Option(help: .setting(\.loraDropout)) var loraDropout: Double?
    @Option(help: .setting(\.targetModules)) var targetModules: CommaList?
    @Flag(inversion: .prefixedNo, help: .setting(\.useRSLoRA)) var rslora: Bool?
}
