import Evaluation
import JSONCore

/// Runs side by side.
public enum ComparisonPage {
    /// The page.
    ///
    /// - Parameter runs: two or more, each with its state.
    public static func html(_ runs: [(files: RunFiles, state: RunState)]) -> String {
        let names = names(of: runs.map(\.files.directory))
        let logs = runs.map(\.files.log)
        var page = Page(
            title: "\(runs.count) runs side by side",
            lead: runs.map(\.files.directory).joined(separator: " · "))
        page.addSection("Results", resultTable(runs, names))
        func curves(
            _ title: String, isShare: Bool = false, hasDots: Bool,
            _ points: (RunLog) -> [(x: Double, y: Double)]
        ) -> Chart? {
            LineChart(
                title: title,
                series: logs.indices.map { index in
                    .init(
                        name: names[index], points: points(logs[index]), color: index % LineChart.paletteSize,
                        hasDots: hasDots)
                }, isShare: isShare
            ).chart
        }
        page.addCharts(
            "Curves",
            [
                curves("Validation loss", hasDots: true) {
                    $0.evaluations.map { (Double($0.step), $0.loss) }
                },
                curves("Validation accuracy", isShare: true, hasDots: true) {
                    $0.evaluations.map { (Double($0.step), $0.accuracy) }
                },
                curves("Validation macro F1", isShare: true, hasDots: true) {
                    $0.evaluations.map { (Double($0.step), $0.macroF1) }
                },
                curves("Training loss (running mean)", hasDots: false) {
                    LineChart.smoothed($0.steps.map { (Double($0.step), $0.loss) })
                },
                curves("Learning rate", hasDots: false) {
                    $0.steps.map { (Double($0.step), $0.learningRate) }
                },
                curves("Throughput, tokens per second", hasDots: false) {
                    $0.steps.map { (Double($0.step), $0.tokensPerSecond) }
                },
            ])
        let (different, same) = settings(runs.map(\.files))
        page.addSection(
            "Settings that differ",
            different.isEmpty ? "<p>None.</p>" : Markup.table(["setting"] + names, different))
        let (first, second) = Page.columns(same.map { ($0[0], $0[1]) })
        page.addCards("Settings that are the same", [("", first), ("", second)])
        return page.html
    }

    /// The shortest ends of the paths that tell them apart.
    static func names(of paths: [String]) -> [String] {
        let parts = paths.map { $0.split(separator: "/").map(String.init) }
        for count in 1...max(1, parts.map(\.count).max() ?? 1) {
            let names = parts.map { $0.suffix(count).joined(separator: "/") }
            if Set(names).count == names.count { return names }
        }
        return paths.enumerated().map { "\($0.offset + 1): \($0.element)" }
    }

    private static func resultTable(
        _ runs: [(files: RunFiles, state: RunState)], _ names: [String]
    ) -> String {
        let best = bestRun(runs.map(\.files))
        return Markup.table(
            [
                "run", "state", "started", "base", "best epoch", "validation loss", "accuracy", "macro F1",
                "time", "tokens/s",
            ],
            zip(runs.indices, names).map { index, name in
                let run = runs[index]
                let isBest = index == best
                let best = run.files.log.best
                return [
                    name + (isBest ? " (best macro F1)" : ""), run.state.rawValue,
                    run.files.startedAt.map(CalendarText.shown) ?? "-", run.files.baseName,
                    best.map { "\($0.epoch)" } ?? "-", best.map { NumberFormat.short($0.loss) } ?? "-",
                    best.map { NumberFormat.percent($0.accuracy) } ?? "-",
                    best.map { NumberFormat.short($0.macroF1) } ?? "-",
                    NumberFormat.duration(run.files.seconds, hasDays: false),
                    run.files.log.steps.last.map { NumberFormat.short($0.tokensPerSecond.rounded()) } ?? "-",
                ]
            }, marked: best)
    }

    /// The run of the highest macro F1; nil where two share it, or validated other rows.
    private static func bestRun(_ runs: [RunFiles]) -> Int? {
        func rows(_ run: RunFiles) -> [String?] {
            let identity = run.record?["identity"]
            return [run.dataHash, identity?["split"]?.string, identity?["validation_hash"]?.string]
        }
        guard Set(runs.map(rows)).count == 1 else { return nil }
        let scores = runs.map { $0.log.best?.macroF1 ?? -1 }
        guard let highest = scores.max(), scores.count(where: { $0 == highest }) == 1 else { return nil }
        return scores.firstIndex(of: highest)
    }

    /// Settings that change no weight.
    private static let beside: Set<String> = [
        "checkpoint_dir", "save_every", "save_interval", "save_steps", "save_total_limit", "logging_steps",
        "token_budget", "max_memory",
    ]

    /// Settings and identity of runs: rows of those that differ, and of those that do not.
    private static func settings(_ runs: [RunFiles]) -> (different: [[String]], same: [[String]]) {
        let all = runs.map { run in
            var settings = run.settings
            for key in beside { settings[key] = nil }
            settings["base"] = .string(run.baseName)
            let hash = run.dataHash.map { "SHA-256 \($0.drop { $0 != ":" }.dropFirst().prefix(8))…" }
            let data = [run.dataName, hash].compactMap { $0 }
            settings["data"] = data.isEmpty ? nil : .string(data.joined(separator: ", "))
            return settings
        }
        var keys: [String] = []
        for key in all.flatMap(\.keys) where !keys.contains(key) { keys.append(key) }
        var rows = (different: [[String]](), same: [[String]]())
        for key in keys {
            let values = all.map { settings in
                settings[key].map { $0.isNull ? "-" : $0.string ?? $0.encoded() } ?? "-"
            }
            if values.allSatisfy({ $0 == "-" }) { continue }
            if Set(values).count > 1 {
                rows.different.append([key] + values)
            } else {
                rows.same.append([key, values[0]])
            }
        }
        return rows
    }
}
