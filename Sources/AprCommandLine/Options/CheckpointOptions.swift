import ArgumentParser
import FineTuning

/// Where checkpoints go, when they are due, and which is the best.
struct CheckpointOptions: ParsableArguments {
    @Option(name: [.customShort("o"), .long], help: .setting(\.checkpointDir)) var output: String?

    @Flag(
        help: "Replace the run in the directory. The old run is kept until the new one has a best checkpoint."
    )
    var overwrite = false

    @Flag(
        help:
            "Continue the run in the directory: apr finetune --resume run. Base, corpus and settings that you omit come from the run."
    )
    var resume = false

    @Flag(
        help:
            "With --resume: continue although the corpus has changed. Its labels and the number of steps of an epoch must be the same; apr still refuses any other difference."
    )
    var allowDataMismatch = false

    @Option(help: .setting(\.saveEvery)) var saveEvery: Int?
    @Option(help: .setting(\.saveInterval)) var saveInterval: Double?
    @Option(help: .setting(\.saveSteps)) var saveSteps: Int?
    @Option(help: .setting(\.saveTotalLimit)) var saveTotalLimit: Int?
    @Flag(inversion: .prefixedNo, help: .setting(\.keepOptimizerState)) var keepOptimizerState: Bool?
    @Option(help: .setting(\.evalSteps)) var evalSteps: Int?
    @Option(help: .setting(\.metricForBest)) var metricForBest: TrainingConfig.Metric?
    @Option(help: .setting(\.earlyStoppingPatience)) var earlyStoppingPatience: Int?

    /// What to do when the directory holds a run already.
    var mode: RunMode {
        if resume { return allowDataMismatch ? .resumeOnChangedData : .resume }
        return overwrite ? .overwrite : .fresh
    }

    func validate() throws {
        if resume, overwrite {
            throw ValidationError("--resume and --overwrite exclude each other; give one of them.")
        }
        if allowDataMismatch, !resume {
            throw ValidationError("--allow-data-mismatch needs --resume; add it or leave both out.")
        }
    }
}
