import ArgumentParser
import FineTuning

/// The LoRA adapters.
struct AdapterOptions: ParsableArguments {
    @Option(help: .setting(\.loraRank)) var rank: Int?
    @Option(help: .setting(\.loraAlpha)) var alpha: Double?
    @Option(help: .setting(\.loraDropout)) var loraDropout: Double?
    @Option(help: .setting(\.targetModules)) var targetModules: CommaList?
    @Flag(inversion: .prefixedNo, help: .setting(\.useRSLoRA)) var rslora: Bool?
}
