import ArgumentParser
import Evaluation
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
            failed. Loss and accuracy are those of the best validation.
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
        var table = TextTable(header: RunRow.header, leftColumns: 5)
        for run in runs { table.add(run.cells) }
        try StandardOutput.print(table.lines.joined(separator: "\n"))
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

/// One run of the list.
private struct RunRow {
    static let header = [
        "run", "state", "started", "base", "data", "best epoch", "val loss", "val acc", "steps", "time",
    ]

    let path: String
    let state: RunState
    let started: String
    let base: String
    let dataHash: String?
    let best: RunLog.Evaluation?
    let seconds: Double
    let progress: RunProgress

    init(files: RunFiles, state: RunState) {
        path = files.directory
        self.state = state
        started = files.startedAt ?? ""
        base = files.baseName
        dataHash = files.dataHash
        best = files.log.best
        seconds = files.seconds
        progress = RunProgress(log: files.log, state: state)
    }

    var cells: [String] {
        let hash = dataHash.map { $0.split(separator: ":").last ?? "" }.map { String($0.prefix(10)) }
        return [
            DisplayWidth.fitted(path, to: 40), state.rawValue, started, DisplayWidth.fitted(base, to: 24),
            hash ?? "-", best.map { "\($0.epoch)" } ?? "-", NumberFormat.fixed(best?.loss),
            best.map { NumberFormat.percent($0.accuracy) } ?? "-",
            "\(progress.step)" + (progress.totalSteps.map { "/\($0)" } ?? ""), NumberFormat.duration(seconds),
        ]
    }

    var json: JSONObject {
        var object: JSONObject = ["path": .string(path)]
        object["started_at"] = .string(started)
        object["base"] = .string(base)
        object["data_hash"] = dataHash.map { .string($0) } ?? .null
        object["seconds"] = JSONValue(seconds)
        for member in progress.json where member.key != "schema_version" { object[member.key] = member.value }
        return object
    }
}
