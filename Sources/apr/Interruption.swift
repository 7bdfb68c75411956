import Dispatch
import FineTuning
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Turns SIGINT and SIGTERM into an orderly end of training; a second one ends the program at once.
final class Interruption {
    private static let signals = [SIGINT, SIGTERM]

    private let receiver: SignalReceiver
    private let sources: [any DispatchSourceSignal]

    /// Starts to watch.
    init(stopping trainer: ClassifyTrainer) {
        let receiver = SignalReceiver(trainer: trainer)
        let queue = DispatchQueue(label: "signals")
        self.receiver = receiver
        sources = Self.signals.map { number in
            // The source sees the signal; its ordinary effect must not come first.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { receiver.receive(number) }
            source.resume()
            return source
        }
    }

    /// The exit status that the signal asks for; nil when there was none.
    var status: ExitStatus? { receiver.status }

    /// Gives the signals their ordinary effect back.
    func end() {
        for source in sources { source.cancel() }
        for number in Self.signals { signal(number, SIG_DFL) }
    }
}

/// Does what a signal asks for.
private final class SignalReceiver: Sendable {
    private let trainer: ClassifyTrainer
    private let first = Mutex<ExitStatus?>(nil)

    init(trainer: ClassifyTrainer) { self.trainer = trainer }

    var status: ExitStatus? { first.withLock { $0 } }

    func receive(_ number: Int32) {
        let status: ExitStatus = number == SIGTERM ? .terminated : .interrupted
        let isFirst = first.withLock { first in
            defer { first = first ?? status }
            return first == nil
        }
        guard isFirst else { _exit(status.rawValue) }
        trainer.stop()
        StandardError.write(
            "\napr: stopping after the step under way, with a checkpoint; once more stops at once\n")
    }
}
