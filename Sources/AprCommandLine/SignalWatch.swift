import Dispatch
import Platform
import Synchronization

/// Hands signals to a function in place of their ordinary effect. There is one at a time for a signal.
final class SignalWatch {
    /// What asks a program to end.
    static let endings = [SIGINT, SIGTERM]

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
            // The source sees the signal; its ordinary effect must not come first.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { current.receive(number) }
            source.resume()
            return source
        }
    }

    /// Hands signals to another function from now on.
    func handOver(to handler: @escaping Handler) { current.replace(by: handler) }

    /// Gives the signals their ordinary effect back.
    ///
    /// Not after one has come: the program is about to end as that asks, and a second must not end it in another way.
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
    /// How a program ends that a signal asked to.
    init(signal number: Int32) { self = number == SIGTERM ? .terminated : .interrupted }
}
