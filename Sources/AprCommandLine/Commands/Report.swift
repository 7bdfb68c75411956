import ArgumentParser
import FineTuning
import Reporting

/// Draws runs again from the files they left.
struct Report: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Draw the report page of a run again, or compare several runs on one page.",
        usage: "apr report <run> [<run> ...] [-o <file>]",
        discussion: """
            Examples:
              apr report checkpoints
              apr report run-a run-b run-c -o comparison.html

            One run: writes report.html into its directory. Several: writes one page with their curves, results and \
            settings side by side. It loads no model and computes nothing anew.
            """)

    @Argument(help: ArgumentHelp("The directory of a run, as apr finetune -o named it.", valueName: "run"))
    var runs: [String]

    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp(
            "The page to write. (default: report.html in the run; comparison.html for several)",
            valueName: "file"))
    var output: String?

    func run() throws {
        let files = try runs.map { try RunFiles(directory: $0) }
        let path: String
        if files.count == 1 {
            let run = files[0]
            path = output ?? "\(run.directory)/\(RunPage.fileName)"
            try RunReport.write(RunPage.html(run, state: state(of: run)), to: path)
        } else {
            path = output ?? "comparison.html"
            try RunReport.write(ComparisonPage.html(files.map { ($0, state(of: $0)) }), to: path)
        }
        try StandardOutput.print(path)
    }

    private func state(of run: RunFiles) -> RunState {
        run.state(isInUse: RunDirectory.isInUse(run.directory))
    }
}
