import Diagnostics
import Synchronization

/// Watches a task: how long it takes in all, and how many bytes a second move while something is on its way.
///
/// The bytes of all connections count together, because they share the line. A server that takes or sends little by
/// little never falls silent, so timeouts of single reads do not find it.
final class TransferWatch: Sendable {
    private struct State {
        var open = 0
        var bytes = 0
        var seconds = 0.0
    }

    private let state = Mutex(State())

    /// Begins a transfer, which lasts until it is finished or let go.
    func begin() -> Transfer {
        state.withLock { $0.open += 1 }
        return Transfer(self)
    }

    /// Counts bytes that were sent or received.
    func count(_ bytes: Int) { state.withLock { $0.bytes += bytes } }

    private func end() { state.withLock { $0.open -= 1 } }

    /// Watches until the task around it is cancelled.
    ///
    /// - Throws: `HubError` when the task takes too long, or less than the least rate moves; `CancellationError`.
    func run(_ configuration: HubConfiguration) async throws {
        let clock = ContinuousClock()
        let end = configuration.timeout.map { clock.now + .seconds($0) }
        // Longer than any silence after which a single request is repeated.
        let window = max(2 * configuration.answerTimeout, 3 * configuration.downloadTimeout)
        let tick = min(1, window / 10)
        while true {
            let rest = end.map { clock.now.duration(to: $0) } ?? .seconds(tick)
            try await Task.sleep(for: min(.seconds(tick), max(rest, .zero)))
            if let end, clock.now >= end {
                throw HubError(
                    .unavailable, "not done after \(configuration.timeout ?? 0) seconds",
                    remedy:
                        "run the command again, which continues where it stopped, or allow more with \(setting: .timeout)"
                )
            }
            guard isTooSlow(after: tick, window: window, rate: configuration.minRate) else { continue }
            throw HubError(
                .unavailable,
                "less than \(configuration.minRate) bytes a second came or went for \(Int(window)) seconds",
                remedy:
                    "run the command again later, which continues where it stopped, or allow less with \(setting: .minRate)"
            )
        }
    }

    /// Adds time while something is on its way, and at the end of a window compares the bytes with it.
    private func isTooSlow(after tick: Double, window: Double, rate: Int) -> Bool {
        state.withLock { state in
            guard state.open > 0 else { return false }
            state.seconds += tick
            guard state.seconds >= window else { return false }
            defer { (state.bytes, state.seconds) = (0, 0) }
            return Double(state.bytes) < Double(rate) * state.seconds
        }
    }

    /// Something on its way.
    final class Transfer: Sendable {
        private let watch: TransferWatch
        private let isFinished = Mutex(false)

        fileprivate init(_ watch: TransferWatch) { self.watch = watch }

        deinit { finish() }

        /// Ends the transfer; more often than once is once.
        func finish() {
            let isFirst = isFinished.withLock { isFinished in
                defer { isFinished = true }
                return !isFinished
            }
            if isFirst { watch.end() }
        }
    }
}
