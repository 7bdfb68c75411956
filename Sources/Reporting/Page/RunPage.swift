import Evaluation
import JSONCore

/// `report.html`: a run in pictures.
public enum RunPage {
    /// The file's name in a run directory.
    public static let fileName = "report.html"

    /// The page.
    ///
    /// - Parameter state: the run's state.
    public static func html(_ run: RunFiles, state: RunState) -> String {
        var page = Page(title: title(run), lead: "\(run.directory) · \(lead(run, state))")
        page.addTiles(tiles(run, state))
        addVerdicts(run, to: &page)
        page.addCharts("Training", TrainingCharts(log: run.log).all)
        if let evaluation = run.facts?.evaluation {
            page.addEvaluation(
                "Validation", evaluation,
                note: evaluation.epoch.map {
                    "Of the best checkpoint so far: epoch \($0), step \(evaluation.step ?? 0), \(NumberFormat.spacedCount(evaluation.sampleCount)) examples."
                        + overlapNote(run.facts?.validationOverlap ?? 0)
                } ?? "")
        }
        if let facts = run.facts {
            page.addCharts(
                "Data",
                [
                    BarCharts.labelCounts(
                        facts.labels, train: facts.trainCounts, validation: facts.validationCounts),
                    facts.lengths.map(Histograms.lengths),
                ])
        }
        page.addCards("Settings and environment", cards(run))
        return page.html
    }

    /// What was learnt from what, and whether it is any good.
    private static func title(_ run: RunFiles) -> String {
        let subject = (run.dataName.map { "\($0) with " } ?? "") + run.baseName
        let verdict = RunVerdict.headline(RunVerdict.all(run.log, run.facts))
        let figures = [
            run.log.best.map { "macro F1 \(NumberFormat.fixed($0.macroF1, decimals: 3))" }, verdict,
        ]
        .compactMap { $0 }
        return subject + (figures.isEmpty ? "" : ": " + figures.joined(separator: ", "))
    }

    private static func overlapNote(_ count: Int) -> String {
        count == 0
            ? ""
            : " \(NumberFormat.spacedCount(count)) of them \(count == 1 ? "has a text that was" : "have texts that were") trained on, so the figures are too optimistic."
    }

    private static func addVerdicts(_ run: RunFiles, to page: inout Page) {
        let verdicts = RunVerdict.all(run.log, run.facts)
        let baselines = run.facts?.baselines
        guard !verdicts.isEmpty || baselines != nil else { return }
        var markup = verdicts.map {
            "<p>\($0.isProblem ? "<b>!</b> " : "")\(Markup.escaped($0.description))</p>"
        }.joined()
        if let baselines { markup += Markup.table(["", "accuracy", "macro F1"], baselines.rows) }
        page.addSection(
            "Is it any good?", markup,
            note: baselines.map {
                "Everything here is judged on the same \(NumberFormat.counted($0.validationRows, "validation row"))."
            } ?? "")
    }

    private static func lead(_ run: RunFiles, _ state: RunState) -> String {
        let started = run.startedAt.map { "started \(CalendarText.shown($0))" } ?? "not started"
        let detail =
            switch state {
            case .running: "running; this page is written anew after every epoch"
            case .finished: run.log.end?.reason == "stopped_early" ? "stopped early" : "finished"
            case .interrupted: "interrupted; apr finetune … --resume continues it"
            case .failed: "failed: \(run.log.end?.error ?? "")"
            }
        return "\(started) · \(detail)"
    }

    private static func tiles(_ run: RunFiles, _ state: RunState) -> [(name: String, value: String)] {
        let log = run.log
        let step = log.steps.last?.step ?? 0
        var tiles: [(name: String, value: String)] = [("state", state.rawValue)]
        if let best = log.best {
            tiles += [
                ("best epoch", "\(best.epoch)"), ("validation loss there", NumberFormat.short(best.loss)),
                ("validation accuracy there", NumberFormat.percent(best.accuracy)),
                ("macro F1 there", NumberFormat.short(best.macroF1)),
            ]
        }
        tiles.append(("steps", log.starts.last.map { "\(step) of \($0.totalSteps)" } ?? "\(step)"))
        tiles.append(("training time", NumberFormat.duration(run.seconds, hasDays: false)))
        if let last = log.steps.last {
            tiles.append(("tokens per second", NumberFormat.short(last.tokensPerSecond.rounded())))
            if last.memory > 0 {
                tiles.append(("peak memory", NumberFormat.memory(last.memory)))
            }
        }
        return tiles
    }

    private static func cards(_ run: RunFiles) -> [(title: String, markup: String)] {
        let settings = run.settings.map { ($0.key, $0.value.string ?? $0.value.encoded()) }
        var environment = run.facts?.environment.map { ($0.name, $0.value) } ?? []
        if let identity = run.record?["identity"]?.object {
            environment += [("data hash", identity["data_hash"]?.string ?? "-")]
            if let split = identity["split"]?.string { environment.append(("split", split)) }
            for file in identity["base_files"]?.object ?? [:] {
                environment.append(("SHA-256 of \(file.key)", file.value.string ?? "-"))
            }
        }
        let (first, second) = Page.columns(settings)
        return [
            ("Settings", first), ("Settings, continued", second),
            ("Environment", Markup.facts(environment)),
        ]
    }
}
