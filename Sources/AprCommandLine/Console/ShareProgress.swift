import Evaluation

/// Shows progress from 0 to 1.
///
/// Without a terminal, it writes a line now and then, so that a log shows progress.
final class ShareProgress {
    private static let quietSeconds = 10.0
    private static let watchedSeconds = 0.1

    private let console: Console
    private let task: String
    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant
    private var lastShown: ContinuousClock.Instant

    /// - Parameter task: what is being done, as in "loading the base".
    init(_ task: String, console: Console) {
        self.task = task
        self.console = console
        start = clock.now
        lastShown = start
    }

    /// Shows a share, unless one was shown a moment ago.
    ///
    /// - Parameters:
    ///   - share: from 0 to 1; nil where the whole is not known.
    ///   - detail: what to say beside it.
    func update(_ share: Double?, detail: String = "") {
        let now = clock.now
        let pause = console.isInteractive ? Self.watchedSeconds : Self.quietSeconds
        guard Self.seconds(now - lastShown) >= pause else { return }
        lastShown = now
        let elapsed = Self.seconds(now - start)
        let parts = [share.map { NumberFormat.percent($0, decimals: 0) } ?? "", detail]
        var text = "\(task): \(parts.filter { !$0.isEmpty }.joined(separator: ", "))"
        if let share, share > 0, share < 1, elapsed > 1 {
            text += ", \(NumberFormat.duration(elapsed * (1 - share) / share)) left"
        }
        if console.isInteractive { console.status(text) } else { console.line(text) }
    }

    /// Clears the display.
    func finish() { console.clearStatus() }

    /// How long it has been, in seconds.
    var elapsed: Double { Self.seconds(clock.now - start) }

    private static func seconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
    }
}
