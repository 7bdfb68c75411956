import ArgumentParser
import FineTuning

/// How a run is set up and watched.
struct ReportingOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A YAML file of settings with the names of the flags; flags override it.", valueName: "file"))
    var config: String?

    @Flag(help: "Show what would be done, and stop.")
    var plan = false

    @Flag(
        help:
            "Show where the time of a step went, and how close it came to the speed of the machine's matrix products."
    )
    var profile = false

    @Option(help: .setting(\.loggingSteps)) var loggingSteps: Int?

    @Option(
        help: ArgumentHelp("Write the run's figures for TensorBoard into this directory.", valueName: "dir"))
    var tensorboard: String?

    @Flag(
        name: .customLong("no-text-in-report"),
        help: "Leave texts of the data out of report.html, which shows the most confident mistakes.")
    var leavesTextOut = false

    @Flag(
        inversion: .prefixedNo,
        help:
            "Whether to compare the run with logistic regression on what the untrained base makes of the texts. It takes about a third of an epoch. (default: when that is less than a tenth of the run)"
    )
    var linearProbe: Bool?

    /// Whether a run is compared with a linear probe.
    func isProbed(_ plan: TrainingPlan) -> Bool {
        guard plan.validationExamples > 0 else { return false }
        return linearProbe ?? (3 * plan.totalSteps >= 10 * plan.stepsPerEpoch)
    }

    mutating func fill(from file: inout ConfigFile) {
        file.fill(path: &tensorboard, "tensorboard")
        file.fill(&linearProbe, "linear-probe")
    }
}

/// What is printed.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print the result as JSON.")
    var json = false

    @Flag(name: [.customShort("q"), .long], help: "Print no progress; results, warnings and errors remain.")
    var quiet = false

    /// Where progress and warnings go.
    var console: Console { Console(isQuiet: quiet) }
}
