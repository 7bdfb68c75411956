import ArgumentParser
import FineTuning

/// Where checkpoints go, when they are due, and which is the best.
struct CheckpointOptions: ParsableArguments {
    private static let standard = TrainingConfig.default

    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp("The directory of the run. (default: \(standard.checkpointDir))", valueName: "dir")
    )
    var output: String?

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

    @Option(
        help: ArgumentHelp(
            "Write epoch-N/ every so many epochs. (default: \(standard.saveEvery))", valueName: "n"))
    var saveEvery: Int?

    @Option(
        help: ArgumentHelp(
            "Refresh last/ when it is so old. (default: \(Int(standard.saveInterval)))", valueName: "seconds")
    )
    var saveInterval: Double?

    @Option(help: ArgumentHelp("Refresh last/ every so many steps, too.", valueName: "n"))
    var saveSteps: Int?

    @Option(help: ArgumentHelp("Keep only the newest so many epoch-N/.", valueName: "n"))
    var saveTotalLimit: Int?

    @Option(help: ArgumentHelp("Validate every so many steps, too.", valueName: "n"))
    var evalSteps: Int?

    @Option(help: "What decides which checkpoint is the best. (default: \(standard.metricForBest.rawValue))")
    var metricForBest: TrainingConfig.Metric?

    @Option(
        help: ArgumentHelp(
            "Stop after so many epochs without improvement; 0 never. (default: \(standard.earlyStoppingPatience))",
            valueName: "epochs"))
    var earlyStoppingPatience: Int?

    mutating func fill(from file: inout ConfigFile) {
        file.fill(&output, "output", "a path")
        file.fill(&saveEvery, "save-every", "an integer")
        file.fill(&saveInterval, "save-interval", "a number of seconds")
        file.fill(&saveSteps, "save-steps", "an integer")
        file.fill(&saveTotalLimit, "save-total-limit", "an integer")
        file.fill(&evalSteps, "eval-steps", "an integer")
        file.fill(&metricForBest, "metric-for-best", "loss, accuracy or macro_f1")
        file.fill(&earlyStoppingPatience, "early-stopping-patience", "an integer")
    }

    func apply(to config: inout TrainingConfig) {
        config.checkpointDir = output ?? config.checkpointDir
        config.saveEvery = saveEvery ?? config.saveEvery
        config.saveInterval = saveInterval ?? config.saveInterval
        config.saveSteps = saveSteps ?? config.saveSteps
        config.saveTotalLimit = saveTotalLimit ?? config.saveTotalLimit
        config.evalSteps = evalSteps ?? config.evalSteps
        config.metricForBest = metricForBest ?? config.metricForBest
        config.earlyStoppingPatience = earlyStoppingPatience ?? config.earlyStoppingPatience
    }

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
