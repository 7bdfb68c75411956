import Dispatch
import Platform
import Synchronization

/// Passes signals to a function instead of their default effect. Each signal has one watch at a time.
final class SignalWatch {
    /// The signals that ask a program to end. `nohup` has SIGHUP ignored, and it stays so; a shell has SIGINT ignored in
    /// background jobs, but who sends it means it.
    static let endings = [SIGINT, SIGTERM, SIGHUP].filter { $0 != SIGHUP || !ProgramStart.ignores($0) }

    typealias Handler = @Sendable (Int32) -> Void

    private let signals: [Int32]
    private let sources: [any DispatchSourceSignal]
    private let current: Current

    /// Starts to watch; the handler runs on a queue of its own, one signal at a time.
    init(_ signals: [Int32] = SignalWatch.endings, _ handler: @escaping Handler) {
        self.signals = signals
        let current = Current(handler)
        self.current = current
        let queue = DispatchQueue(label: "signals")
        sources = signals.map { number in
            // Ignore the default effect, so that only the source handles the signal.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { current.receive(number) }
            source.resume()
            return source
        }
    }

    /// Hands signals to another function from now on.
    func handOver(to handler: @escaping Handler) { current.replace(by: handler) }

    /// Restores the signals' default effect.
    ///
    /// Does nothing once a signal has arrived: the program is about to end with that signal's status.
    func end() {
        guard !current.hasReceived else { return }
        for source in sources { source.cancel() }
        for number in signals { signal(number, SIG_DFL) }
    }

    private final class Current: Sendable {
        private let stored: Mutex<(handler: Handler, hasReceived: Bool)>

        init(_ handler: @escaping Handler) { stored = Mutex((handler, false)) }

        var hasReceived: Bool { stored.withLock { $0.hasReceived } }

        func replace(by handler: @escaping Handler) { stored.withLock { $0.handler = handler } }

        func receive(_ number: Int32) {
            let handler = stored.withLock { stored in
                stored.hasReceived = true
                return stored.handler
            }
            handler(number)
        }
    }
}

extension ExitStatus {
    /// The exit status of a program that a signal has ended.
    init(signal number: Int32) { self = ExitStatus(rawValue: 128 + number) ?? .interrupted }
}
