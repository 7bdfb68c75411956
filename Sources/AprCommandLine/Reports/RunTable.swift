import Evaluation
import FineTuning
import JSONCore
import Reporting

/// One run of a list.
struct RunRow {
    /// The directory.
    let path: String
    let state: RunState
    let started: String
    let base: String
    let dataHash: String?
    let best: RunLog.Evaluation?
    let seconds: Double
    let progress: RunProgress
    /// The recorded settings, base and data among them, by their names on the command line.
    let settings: [(name: String, value: JSONValue)]

    init(files: RunFiles, state: RunState) {
        path = files.directory
        self.state = state
        started = files.startedAt ?? ""
        base = files.baseName
        dataHash = files.dataHash
        best = files.log.best
        seconds = files.seconds
        progress = RunProgress(log: files.log, state: state)
        let recorded = files.settings
        let hash = files.dataHash.flatMap { $0.split(separator: ":").last }.map { String($0.prefix(10)) }
        settings =
            [("base", .string(files.baseName)), ("data", hash.map { .string($0) } ?? .null)]
            + TrainingSetting.all.filter(\.decidesResult).map {
                (FlagName.of($0.name), recorded[$0.name] ?? .null)
            }
    }

    /// The run for programs.
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

extension TrainingSetting {
    /// Whether the setting decides what is learned, rather than what is kept, shown or how fast.
    fileprivate var decidesResult: Bool {
        switch group {
        case .duration, .optimization, .adapter, .data: true
        case .checkpoints, .machine: false
        }
    }
}

/// Runs as a table for people, and the settings in which they differ.
struct RunTable {
    private static let width = 80

    let rows: [RunRow]
    /// Where the runs were looked for; their names leave it out.
    let directory: String

    /// The lines.
    var lines: [String] {
        let best = best
        let cells = rows.enumerated().map { index, row in
            [
                row.state.rawValue, row.best.map { "\($0.epoch)" } ?? "-", NumberFormat.fixed(row.best?.loss),
                row.best.map { NumberFormat.percent($0.accuracy) } ?? "-",
                NumberFormat.fixed(row.best?.macroF1), NumberFormat.duration(row.seconds),
                best.contains(index) ? "*" : "",
            ]
        }
        let header = ["state", "epoch", "val loss", "val acc", "val F1", "time", ""]
        var lines = table(header, cells, textColumns: [0])
        if !best.isEmpty { lines += ["", "* the highest macro F1 of the runs on this data"] }
        let different = differingSettings
        if !different.isEmpty { lines += ["", "settings that differ:"] }
        var rest = different[...]
        while !rest.isEmpty {
            // As many columns as fit beside the names of the runs.
            var count = 1
            while count < rest.count, fits(rest.prefix(count + 1)) { count += 1 }
            let shown = rest.prefix(count)
            lines += rest.count == different.count ? [] : [""]
            lines += table(
                shown.map(\.name), rows.indices.map { row in shown.map { $0.values[row] } },
                textColumns: Set(shown.indices.filter { !rest[$0].isNumber }.map { $0 - shown.startIndex }))
            rest = rest.dropFirst(count)
        }
        return lines
    }

    // MARK: - The best

    /// The best of the runs that validated on the same data, if there are several.
    private var best: Set<Int> {
        var groups: [String: [Int]] = [:]
        for (index, row) in rows.enumerated() where row.best?.macroF1.isFinite ?? false {
            groups[row.dataHash ?? "", default: []].append(index)
        }
        return Set(
            groups.values.filter { $0.count > 1 }.compactMap { group in
                group.max { first, second in
                    let (one, other) = (rows[first].best, rows[second].best)
                    return (one?.macroF1 ?? 0, -(one?.loss ?? 0)) < (other?.macroF1 ?? 0, -(other?.loss ?? 0))
                }
            })
    }

    // MARK: - Settings

    private struct Setting {
        let name: String
        let values: [String]
        let isNumber: Bool
    }

    /// The settings in which at least two runs differ.
    private var differingSettings: [Setting] {
        guard let first = rows.first else { return [] }
        return first.settings.indices.compactMap { index in
            let values = rows.map(\.settings[index].value)
            guard Set(values).count > 1 else { return nil }
            let isNumber = values.allSatisfy { $0.double != nil || $0.isNull }
            return Setting(
                name: first.settings[index].name, values: values.map(Self.text), isNumber: isNumber)
        }
    }

    private static func text(_ value: JSONValue) -> String {
        if value.isNull { return "-" }
        if let flag = value.bool { return flag ? "yes" : "no" }
        let text = value.array?.compactMap(\.string).joined(separator: ",") ?? value.string ?? value.encoded()
        return DisplayWidth.fitted(text, to: 40)
    }

    // MARK: - Layout

    private func fits(_ settings: ArraySlice<Setting>) -> Bool {
        let least = min(20, names.map(DisplayWidth.of).max() ?? 0)
        return settings.reduce(2 + least) { $0 + 2 + Self.width(of: $1) } <= Self.width
    }

    private static func width(of setting: Setting) -> Int {
        max(DisplayWidth.of(setting.name), setting.values.map(DisplayWidth.of).max() ?? 0)
    }

    /// The directories below the one that was searched.
    private var names: [String] {
        let prefix = directory.hasSuffix("/") ? directory : directory + "/"
        return rows.map { $0.path.hasPrefix(prefix) ? String($0.path.dropFirst(prefix.count)) : $0.path }
    }

    /// A table with the names of the runs, which get the room that the other columns leave.
    private func table(_ header: [String], _ cells: [[String]], textColumns: Set<Int>) -> [String] {
        let others = header.indices.reduce(0) { sum, column in
            sum + 2 + (cells.map { DisplayWidth.of($0[column]) } + [DisplayWidth.of(header[column])]).max()!
        }
        let room = max(12, Self.width - 2 - others)
        var table = TextTable(
            header: ["run"] + header, textColumns: Set([0] + textColumns.map { $0 + 1 }))
        for (name, row) in zip(names, cells) { table.add([Self.end(of: name, width: room)] + row) }
        return table.lines
    }

    /// The end of a path, which tells runs apart.
    private static func end(of path: String, width: Int) -> String {
        String(DisplayWidth.fitted(String(path.reversed()), to: width).reversed())
    }
}
