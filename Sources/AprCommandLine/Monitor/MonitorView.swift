import Evaluation
import Reporting

/// A run on a screen of given size.
struct MonitorView {
    let progress: RunProgress
    let directory: String
    /// Whether only ASCII may be used.
    let isPlain: Bool

    private var log: RunLog { progress.log }

    /// The lines with the run's state, without the curves.
    func facts(width: Int) -> [String] {
        let state = progress.state == .finished ? log.end?.reason ?? "finished" : progress.state.rawValue
        var lines = ["\(state.split(separator: "_").joined(separator: " "))  \(directory)"]
        if let error = log.end?.error { lines.append(error) }
        lines += [steps(width: width), figures, best]
        return lines.map { DisplayWidth.fitted($0, to: width, mark: isPlain ? "~" : "…") }
    }

    /// Everything, fitted to a screen.
    func screen(width: Int, height: Int) -> [String] {
        var lines = facts(width: width)
        let room = height - lines.count - 1
        let (validation, training): (Character, String) = isPlain ? ("o", ".") : ("●", "⠒")
        let loss = TerminalChart(
            title: "loss  (\(training) training, \(validation) validation)",
            series: [
                .init(points: log.steps.map { (Double($0.step), $0.loss) }, sign: nil),
                .init(points: log.evaluations.map { (Double($0.step), $0.loss) }, sign: validation),
            ], isPlain: isPlain)
        let accuracy = TerminalChart(
            title: "accuracy",
            series: [
                .init(points: log.steps.map { (Double($0.step), $0.accuracy) }, sign: nil),
                .init(points: log.evaluations.map { (Double($0.step), $0.accuracy) }, sign: validation),
            ], isPlain: isPlain)
        if room >= 12 {
            lines += loss.lines(width: width, height: room - room / 2)
            lines += accuracy.lines(width: width, height: room / 2)
        } else if room >= 4 {
            lines += loss.lines(width: width, height: room)
        }
        lines.append(progress.state == .running ? "q quits; the run goes on" : "")
        return lines.prefix(height).map { DisplayWidth.fitted($0, to: width, mark: isPlain ? "~" : "…") }
    }

    private func steps(width: Int) -> String {
        var parts = ["epoch \(progress.epoch)" + (progress.totalEpochs.map { "/\($0)" } ?? "")]
        parts.append("step \(progress.step)" + (progress.totalSteps.map { "/\($0)" } ?? ""))
        parts.append(NumberFormat.percent(progress.share, decimals: 0))
        if let left = progress.secondsLeft { parts.append("ETA \(NumberFormat.duration(left))") }
        let text = parts.joined(separator: "  ")
        let room = min(40, width - DisplayWidth.of(text) - 4)
        guard room >= 8 else { return text }
        let done = Int((progress.share * Double(room)).rounded())
        let (full, rest) = isPlain ? ("#", ".") : ("█", "░")
        return text + "  " + String(repeating: full, count: done)
            + String(repeating: rest, count: room - done)
    }

    private var figures: String {
        guard let last = log.steps.last else { return "no step yet" }
        var parts = [
            "loss \(NumberFormat.fixed(last.loss))", "acc \(NumberFormat.percent(last.accuracy))",
            "lr \(NumberFormat.scientific(last.learningRate))",
            "grad \(NumberFormat.fixed(last.gradientNorm, decimals: 2))",
            "\(NumberFormat.rate(last.tokensPerSecond)) tokens/s",
        ]
        if last.memory > 0 { parts.append("peak \(NumberFormat.bytes(last.memory))") }
        return parts.joined(separator: "  ")
    }

    private var best: String {
        var parts: [String] = []
        if let best = log.best {
            parts.append(
                "best: epoch \(best.epoch), val loss \(NumberFormat.fixed(best.loss)), acc \(NumberFormat.percent(best.accuracy)), F1 \(NumberFormat.fixed(best.macroF1))"
            )
        } else {
            parts.append("no validation yet")
        }
        if progress.state == .running, let left = progress.patienceLeft, let start = log.starts.last {
            parts.append("patience \(left) of \(start.patience)")
        }
        return parts.joined(separator: "  ")
    }
}
