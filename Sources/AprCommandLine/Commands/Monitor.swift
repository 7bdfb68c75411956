import ArgumentParser
import Evaluation
import FineTuning
import JSONCore
import Platform
import Reporting

/// Watches a run from another shell.
struct Monitor: ParsableCommand {
    private static let pollMilliseconds: Int32 = 250

    static let configuration = CommandConfiguration(
        abstract: "Watch a run from another shell: progress, curves, best so far.",
        usage: "apr monitor [<run>] [--once] [--json]",
        discussion: """
            Examples:
              apr monitor
              apr monitor runs/a
              apr monitor runs/a --json

            Reads only the run's metrics.jsonl and does not disturb the run. It ends with the run, or with q or Ctrl-C. \
            Without a terminal it writes plain lines. --json prints the run's current state.
            """)

    @Argument(help: ArgumentHelp("The directory of the run.", valueName: "run"))
    var directory = TrainingConfig.default.checkpointDir

    @Flag(help: "Print the run's state, and stop.")
    var once = false

    @Flag(help: "Print the run's state as JSON, and stop.")
    var json = false

    @Flag(help: "Draw with ASCII characters only. (default: where the locale is not UTF-8)")
    var ascii = false

    func run() throws {
        var follower = RunLogFollower(directory: directory)
        _ = try follower.poll()
        // A run may have no line yet; a directory without either file is not a run.
        _ = try RunFiles(directory: directory)
        if json {
            return try StandardOutput.print(
                JSONValue.object(progress(follower).json).encoded(.pretty), as: .data)
        }
        if once { return try StandardOutput.print(summary(of: follower)) }
        if Terminal.standardOutput.isInteractive {
            try watch(&follower)
            try StandardOutput.print(summary(of: follower))
        } else {
            try log(&follower)
        }
    }

    /// Shows the run until it ends or the user quits.
    private func watch(_ follower: inout RunLogFollower) throws {
        let terminal = RawTerminal()
        defer { terminal.close() }
        while true {
            let progress = progress(follower)
            let size = Terminal.standardOutput
            try terminal.show(view(progress).screen(width: size.width, height: size.height))
            guard progress.state == .running else { return }
            if let key = terminal.key(within: Self.pollMilliseconds), key == UInt8(ascii: "q") || key == 3 {
                return
            }
            _ = try follower.poll()
        }
    }

    /// Writes a line for every validation, and one now and then between them.
    private func log(_ follower: inout RunLogFollower) throws {
        var shown = (evaluations: 0, step: -1)
        var quiet = 0
        while true {
            let progress = progress(follower)
            let log = follower.log
            for evaluation in log.evaluations.dropFirst(shown.evaluations) {
                try StandardOutput.print(
                    "epoch \(evaluation.epoch)  step \(evaluation.step)  val loss \(NumberFormat.scientific(evaluation.loss))  val acc \(NumberFormat.percent(evaluation.accuracy))\(evaluation.isBest ? "  best so far" : "")"
                )
            }
            shown.evaluations = log.evaluations.count
            guard progress.state == .running else { break }
            if quiet % 40 == 0, progress.step != shown.step {
                let lines = view(progress).facts(width: 200)
                try StandardOutput.print(lines.dropFirst().prefix(2).joined(separator: "  "))
                shown.step = progress.step
            }
            quiet += 1
            usleep(UInt32(Self.pollMilliseconds) * 1000)
            _ = try follower.poll()
        }
        try StandardOutput.print(summary(of: follower))
    }

    private func summary(of follower: RunLogFollower) -> String {
        view(progress(follower)).facts(width: 200).joined(separator: "\n")
    }

    private func view(_ progress: RunProgress) -> MonitorView {
        MonitorView(progress: progress, directory: directory, isPlain: ascii || !Terminal.isUnicode)
    }

    private func progress(_ follower: RunLogFollower) -> RunProgress {
        RunProgress(
            log: follower.log, state: .of(follower.log, isInUse: RunDirectory.isInUse(directory)))
    }
}
