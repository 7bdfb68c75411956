import ArgumentParser
import FineTuning

/// The LoRA adapters.
struct AdapterOptions: ParsableArguments {
    private static let standard = TrainingConfig.default

    @Option(help: ArgumentHelp("The rank of the adapters. (default: \(standard.loraRank))", valueName: "r"))
    var rank: Int?

    @Option(
        help: ArgumentHelp(
            "The adapters' scale is alpha/rank. (default: \(standard.loraAlpha))", valueName: "x"))
    var alpha: Double?

    @Option(
        help: ArgumentHelp(
            "The probability of dropping an adapter's input. (default: \(standard.loraDropout))",
            valueName: "p"))
    var loraDropout: Double?

    @Option(
        help: ArgumentHelp(
            "The layers that get an adapter, or all-linear. (default: \(standard.targetModules.joined(separator: ",")))",
            valueName: "a,b"))
    var targetModules: CommaList?

    @Flag(inversion: .prefixedNo, help: "Scale by alpha/sqrt(rank) instead. (default: no)")
    var rslora: Bool?

    mutating func fill(from file: inout ConfigFile) {
        file.fill(&rank, "rank", "an integer")
        file.fill(&alpha, "alpha", "a number")
        file.fill(&loraDropout, "lora-dropout", "a number")
        file.fill(&targetModules, "target-modules")
        file.fill(&rslora, "rslora")
    }

    func apply(to config: inout TrainingConfig) {
        config.loraRank = rank ?? config.loraRank
        config.loraAlpha = alpha ?? config.loraAlpha
        config.loraDropout = loraDropout ?? config.loraDropout
        config.targetModules = targetModules?.values ?? config.targetModules
        config.useRSLoRA = rslora ?? config.useRSLoRA
    }
}
