import Evaluation
import FineTuning
import Reporting

/// How a run ended, for people.
struct ResultText {
    let result: TrainingResult
    let config: TrainingConfig
    /// Whether the table of the epochs is among the lines; not where it has been seen already.
    let showsEpochs: Bool
    /// How long the epochs took, as far as known.
    let epochSeconds: [Int: Double]
    /// What the run had to beat.
    let baselines: BaselineFigures?
    /// How good the model is.
    let verdicts: [RunVerdict]
    /// How the best checkpoint decides.
    let decision: TunedDecision?
    /// The arguments that continue the run.
    let resumeCommand: String

    /// The lines.
    var lines: [String] {
        var lines: [String] = []
        if showsEpochs, !result.history.isEmpty {
            lines += [EpochTable.heading]
            lines += result.history.map {
                EpochTable.row(
                    $0, isBest: $0.epoch == result.best?.epoch,
                    seconds: epochSeconds[$0.epoch] ?? $0.knownSeconds)
            }
            lines += [""]
        }
        lines += [ending]
        if let best = result.best, let path = result.bestCheckpoint {
            lines.append(
                "  best  \(path)  (epoch \(best.epoch), step \(best.step), validation \(metricName) \(NumberFormat.fixed(best.value)))"
            )
        }
        if let decision = decision?.line { lines.append("        \(decision)") }
        lines.append("  last  \(result.lastCheckpoint)")
        lines += result.unsaved.map { "  NOT SAVED for lack of room: \($0.directoryName)/" }
        lines += judgement
        lines += ["", "next:"]
        lines += nextCommands.map { "  \($0)" }
        return lines
    }

    /// The figures beside those of the baselines, and what they say.
    private var judgement: [String] {
        var lines: [String] = []
        if let baselines, baselines.run != nil {
            var table = TextTable(header: ["", "accuracy", "macro F1"])
            for row in baselines.rows { table.add(row) }
            lines += ["", "on \(NumberFormat.counted(baselines.validationRows, "validation row")):"]
            lines += table.lines
        }
        guard !verdicts.isEmpty else { return lines }
        return lines + [""]
            + verdicts.map { "\($0.isProblem ? "!" : "-") \(FlagName.text($0.message))" }
    }

    private var ending: String {
        let work =
            "\(NumberFormat.counted(result.steps, "step")), \(NumberFormat.counted(result.epochs, "epoch")), \(NumberFormat.duration(result.seconds))"
        return switch result.reason {
        case .completed: "done: \(work)"
        case .stoppedEarly:
            "stopped early, \(NumberFormat.counted(config.earlyStoppingPatience, "epoch")) without improvement: \(work)"
        case .interrupted: "interrupted: \(work)"
        }
    }

    private var metricName: String {
        switch config.metricForBest {
        case .loss: "loss"
        case .accuracy: "accuracy"
        case .macroF1: "macro F1"
        }
    }

    private var nextCommands: [String] {
        if result.reason == .interrupted { return [resumeCommand] }
        let checkpoint = ShellWord.quoted(result.bestCheckpoint ?? result.lastCheckpoint)
        return [
            "apr eval \(checkpoint) --data test.jsonl",
            "apr predict \(checkpoint) --text 'a text to classify'",
        ]
    }
}
