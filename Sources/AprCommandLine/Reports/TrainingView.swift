import Evaluation
import FineTuning
import Inference
import JSONCore

/// Shows a run while it goes.
final class TrainingView {
    private let console: Console
    private var throttle = Throttle(seconds: 0.1)
    private var hasHeading = false
    private var work: WorkView?
    private var hashing: (progress: ShareProgress, from: Int)?
    /// The number of tokens trained on while the view was active.
    private(set) var tokens = 0
    /// What the run is doing; nil before it has started.
    private(set) var plan: TrainingPlan?
    /// The duration of each epoch that ended while the view was active.
    private(set) var epochSeconds: [Int: Double] = [:]

    init(console: Console) { self.console = console }

    /// Shows what happened.
    func show(_ event: TrainingEvent) {
        if case .working = event {} else { work = nil }
        if case .hashingBase = event {} else { hashing = nil }
        switch event {
        case .started(let plan):
            self.plan = plan
            PlanText(plan: plan).lines.forEach { console.line($0) }
            console.line()
        case .resumed(let report):
            console.line(
                "continuing from \(report.checkpoint): \(NumberFormat.counted(report.step, "step")), \(NumberFormat.counted(report.epochs, "epoch")) done"
            )
        case .hashingBase(let done, let total): showHashing(done, total)
        case .working(let progress): show(progress)
        case .step(let report): show(report)
        case .evaluated(let report): show(report)
        case .epoch(let report): show(report)
        case .saved(let report):
            console.status("saved \(report.name.directoryName)/ in \(NumberFormat.duration(report.seconds))")
        case .warning(let warning): console.warning(FlagName.text(warning.message))
        case .predicted: break
        case .finished: console.clearStatus()
        }
    }

    private func showHashing(_ done: Int, _ total: Int) {
        // Much may have been read before anybody waited for it.
        let now = hashing ?? (ShareProgress("hashing the base", console: console), done)
        hashing = now
        let rate = Double(done - now.from) / max(now.progress.elapsed, 1e-3)
        now.progress.update(
            Double(done - now.from) / Double(max(1, total - now.from)),
            detail:
                "\(NumberFormat.bytes(done)) of \(NumberFormat.bytes(total)), \(NumberFormat.bytes(Int(saturating: rate)))/s"
        )
    }

    private func show(_ progress: WorkProgress) {
        if work?.task != progress.task || progress.tokens < (work?.tokens ?? 0) {
            work = WorkView(progress.task, console: console)
        }
        work?.show(progress)
    }

    private func show(_ report: StepReport) {
        tokens += report.tokens
        if console.isInteractive {
            if throttle.isDue() { console.status(text(report, width: console.terminal.width - 1)) }
        } else if report.step % (plan?.config.loggingSteps ?? 1) == 0 || report.step == report.totalSteps
            || report.step == 1
        {
            console.line(text(report))
        }
    }

    /// The figures of a step on one line.
    ///
    /// - Parameter width: the terminal's columns; the least important figures are dropped first.
    private func text(_ report: StepReport, width: Int = .max) -> String {
        var parts = [
            "epoch \(report.epoch)", "step \(report.step)/\(report.totalSteps)",
            "loss \(NumberFormat.fixed(report.loss))", "acc \(NumberFormat.percent(report.accuracy))",
            "lr \(NumberFormat.scientific(report.learningRate))",
            "\(NumberFormat.rate(report.samplesPerSecond)) samples/s",
            "\(NumberFormat.rate(report.tokensPerSecond)) tokens/s",
            "ETA \(NumberFormat.duration(report.secondsLeft))",
        ]
        for dispensable in [5, 4, 0] where parts.joined(separator: "  ").utf8.count > width {
            parts.remove(at: dispensable)
        }
        return parts.joined(separator: "  ")
    }

    private func show(_ report: EvaluationReport) {
        // At the end of an epoch the table's row shows the same figures.
        guard let plan, report.step % plan.stepsPerEpoch != 0, report.step != plan.totalSteps else { return }
        console.line(
            "validation at step \(report.step): loss \(NumberFormat.fixed(report.loss))  acc \(NumberFormat.percent(report.accuracy))  macro F1 \(NumberFormat.fixed(report.macroF1))\(report.isBest ? "  best so far" : "")"
        )
    }

    private func show(_ report: EpochReport) {
        epochSeconds[report.epoch] = report.seconds
        // Rows between progress lines repeat the heading; consecutive rows share one.
        if !hasHeading || !console.isInteractive { console.line(EpochTable.heading, style: .bold) }
        hasHeading = true
        let row = EpochTable.row(report, isBest: report.isBest, seconds: report.seconds)
        console.line(row, style: report.isBest ? .green : nil)
    }
}

/// Limits how often something happens.
struct Throttle {
    private let interval: Duration
    private let clock = ContinuousClock()
    private var last: ContinuousClock.Instant?

    init(seconds: Double) { interval = .seconds(seconds) }

    /// Whether the interval has passed; if so, a new one starts.
    mutating func isDue() -> Bool {
        let now = clock.now
        if let last, now - last < interval { return false }
        last = now
        return true
    }
}
