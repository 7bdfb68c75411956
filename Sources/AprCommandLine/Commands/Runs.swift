import ArgumentParser
import FineTuning
import JSONCore
import Reporting

/// Lists runs.
struct Runs: ParsableCommand {
    /// What a list may be ordered by.
    enum Order: String, ExpressibleByArgument, CaseIterable {
        case path, date, base, loss, accuracy, time, state
    }

    static let configuration = CommandConfiguration(
        abstract: "List the runs under a directory: state, best epoch, loss, accuracy.",
        usage: "apr runs [<dir>] [--sort <column>] [--json]",
        discussion: """
            Examples:
              apr runs
              apr runs experiments --sort loss
              apr runs experiments --json

            The state is running (a process holds the directory's lock), finished, interrupted (--resume continues it) or \
            failed. Loss, accuracy and macro F1 are those of the best validation. The run with the highest macro F1 is \
            marked among runs on the same data. Below stand the settings that differ, and no others.
            """)

    @Argument(help: ArgumentHelp("The directory to search, four levels deep.", valueName: "dir"))
    var directory = "."

    @Option(help: ArgumentHelp("The column to sort by: the newest, lowest loss or highest accuracy first."))
    var sort: Order = .date

    @Flag(help: "Print the result as JSON.")
    var json = false

    func run() throws {
        let runs = try sorted(
            RunFinder.runs(under: directory).map { path in
                let files = try RunFiles(directory: path)
                return RunRow(files: files, state: files.state(isInUse: RunDirectory.isInUse(path)))
            })
        if json {
            let object: JSONObject = [
                "schema_version": 1, "directory": .string(directory),
                "runs": .array(runs.map { .object($0.json) }),
            ]
            return try StandardOutput.print(JSONValue.object(object).encoded(.pretty), as: .data)
        }
        guard !runs.isEmpty else {
            return Console.standard.line("no runs under \(directory)")
        }
        try StandardOutput.print(RunTable(rows: runs, directory: directory).lines.joined(separator: "\n"))
    }

    private func sorted(_ runs: [RunRow]) -> [RunRow] {
        /// Runs without a value come last in every order.
        func ascending(_ value: (RunRow) -> Double?) -> [RunRow] {
            runs.sorted { (value($0) ?? .infinity, $0.path) < (value($1) ?? .infinity, $1.path) }
        }
        switch sort {
        case .path: return runs.sorted { $0.path < $1.path }
        case .date: return runs.sorted { ($1.started, $0.path) < ($0.started, $1.path) }
        case .base: return runs.sorted { ($0.base, $0.path) < ($1.base, $1.path) }
        case .state: return runs.sorted { ($0.state.rawValue, $0.path) < ($1.state.rawValue, $1.path) }
        case .loss: return ascending { $0.best?.loss }
        case .accuracy: return ascending { $0.best.map { -$0.accuracy } }
        case .time: return ascending { $0.seconds }
        }
    }
}
