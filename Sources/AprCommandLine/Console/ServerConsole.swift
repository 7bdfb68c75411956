import Dispatch
import Platform
import Serving

/// Asks for the end on SIGINT or SIGTERM; a second signal ends the program at once.
final class EndingSignals {
    private let watch: SignalWatch

    init(_ isAsked: DispatchSemaphore) {
        let count = Locked(0)
        watch = SignalWatch([SIGINT, SIGTERM]) { number in
            let isFirst = count.withLock { count in
                count += 1
                return count == 1
            }
            guard isFirst else { _exit(ExitStatus(signal: number).rawValue) }
            isAsked.signal()
        }
    }

    /// Lets the watch go; the program is about to end.
    func end() { watch.end() }
}

/// Writes a line for every answer. When nobody reads them, lines are dropped rather than answers delayed.
final class AccessLog: Sendable {
    private static let mostWaiting = 1000

    private let queue = DispatchQueue(label: "access log")
    private let waiting = Locked(0)

    func write(_ record: AnswerRecord) {
        let isAccepted = waiting.withLock { waiting in
            guard waiting < Self.mostWaiting else { return false }
            waiting += 1
            return true
        }
        guard isAccepted else { return }
        queue.async {
            StandardError.write(record.line + "\n")
            self.waiting.withLock { $0 -= 1 }
        }
    }

    /// Waits a moment for the last lines.
    func finish() {
        let isDone = DispatchSemaphore(value: 0)
        queue.async { isDone.signal() }
        _ = isDone.wait(timeout: .now() + 1)
    }
}
