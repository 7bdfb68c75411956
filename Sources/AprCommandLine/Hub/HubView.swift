import Evaluation
import HuggingFaceHub
import JSONCore
import Synchronization

/// Shows what the Hub client does; events may come from any thread.
final class HubView: Sendable {
    private struct State {
        let console: Console
        let progress: ShareProgress
        let start = ContinuousClock().now
        var firstBytes: Int?
    }

    private let state: Mutex<State>

    init(task: String, isQuiet: Bool) {
        let console = Console(isQuiet: isQuiet)
        state = Mutex(State(console: console, progress: ShareProgress(task, console: console)))
    }

    /// Shows an event.
    func show(_ event: HubEvent) {
        state.withLock { state in
            switch event {
            case .progress(let done, let total):
                let first = state.firstBytes ?? done
                state.firstBytes = first
                let elapsed = ContinuousClock().now - state.start
                let seconds =
                    Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
                let rate = seconds > 0.5 ? max(0, Double(done - first)) / seconds : 0
                let speed = rate > 0 ? ", \(NumberFormat.bytes(Int(saturating: rate)))/s" : ""
                state.progress.update(
                    Double(done) / Double(max(1, total)),
                    detail: "\(NumberFormat.bytes(max(0, done))) of \(NumberFormat.bytes(total))\(speed)")
            case .waiting(let seconds, let reason):
                state.console.line("\(reason); trying again in \(NumberFormat.duration(seconds))")
            case .locked(let path):
                state.console.line("another process is downloading it (\(path)); waiting for that")
            case .warning(let text): state.console.warning(text)
            }
        }
    }

    /// Clears the display.
    func finish() { state.withLock { $0.progress.finish() } }
}
