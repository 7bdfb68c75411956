import ArgumentParser
import FineTuning

/// Where checkpoints go, when they are due, and which is the best.
struct CheckpointOptions: ParsableArguments {
    @Option(name: [.customShort("o"), .long], help: .setting(\.checkpointDir)) var output: String?

    @Flag(
        help: "Replace the run in the directory; it is kept aside until the new one's first best checkpoint.")
    var overwrite = false

    @Flag(
        help:
            "Continue the run in the directory, with its base, corpus and settings where none are given: apr finetune --resume run."
    )
    var resume = false

    @Flag(
        help:
            "With --resume: go on though the corpus has changed. Its labels and the number of steps of an epoch must be the same; anything else that differs is refused all the same."
    )
    var allowDataMismatch = false

    @Option(help: .setting(\.saveEvery)) var saveEvery: Int?
    @Option(help: .setting(\.saveInterval)) var saveInterval: Double?
    @Option(help: .setting(\.saveSteps)) var saveSteps: Int?
    @Option(help: .setting(\.saveTotalLimit)) var saveTotalLimit: Int?
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
            throw ValidationError("--allow-data-mismatch belongs to --resume; add it or leave both out.")
        }
    }
}
