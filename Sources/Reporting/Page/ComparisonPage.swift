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
            different.isEmpty
                ? "<p>None.</p>" : Markup.table(["setting"] + names, different, isNumeric: false))
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
        Markup.table(
            [
                "run", "state", "started", "base", "best epoch", "validation loss", "accuracy", "macro F1",
                "time", "tokens/s",
            ],
            zip(runs, names).map { run, name in
                let best = run.files.log.best
                return [
                    name, run.state.rawValue, run.files.startedAt ?? "-", run.files.baseName,
                    best.map { "\($0.epoch)" } ?? "-", best.map { NumberFormat.short($0.loss) } ?? "-",
                    best.map { NumberFormat.percent($0.accuracy) } ?? "-",
                    best.map { NumberFormat.short($0.macroF1) } ?? "-",
                    NumberFormat.duration(run.files.seconds, hasDays: false),
                    run.files.log.steps.last.map { NumberFormat.short($0.tokensPerSecond.rounded()) } ?? "-",
                ]
            })
    }

    /// Settings and identity of runs: rows of those that differ, and of those that do not.
    private static func settings(_ runs: [RunFiles]) -> (different: [[String]], same: [[String]]) {
        let all = runs.map { run in
            var settings = run.settings
            settings["checkpoint_dir"] = nil
            settings["base"] = .string(run.baseName)
            settings["data_hash"] = run.dataHash.map { .string($0) }
            return settings
        }
        var keys: [String] = []
        for key in all.flatMap(\.keys) where !keys.contains(key) { keys.append(key) }
        var rows = (different: [[String]](), same: [[String]]())
        for key in keys {
            let values = all.map { $0[key].map { $0.string ?? $0.encoded() } ?? "-" }
            if Set(values).count > 1 {
                rows.different.append([key] + values)
            } else {
                rows.same.append([key, values[0]])
            }
        }
        return rows
    }
}
