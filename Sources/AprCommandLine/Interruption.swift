import FineTuning
import Platform
import Synchronization

/// Stops training in order on SIGINT, SIGTERM or SIGHUP; a second signal ends the program at once.
final class Interruption {
    private let receiver: SignalReceiver
    private let watch: SignalWatch

    /// Starts to watch.
    init(stopping trainer: ClassifyTrainer) {
        let receiver = SignalReceiver(trainer: trainer)
        self.receiver = receiver
        watch = SignalWatch { receiver.receive($0) }
    }

    /// The exit status that the signal asks for; nil when there was none.
    var status: ExitStatus? { receiver.status }

    /// Restores the signals' default effect.
    func end() { watch.end() }
}

/// Does what a signal asks for.
private final class SignalReceiver: Sendable {
    private let trainer: ClassifyTrainer
    private let first = Mutex<ExitStatus?>(nil)

    init(trainer: ClassifyTrainer) { self.trainer = trainer }

    var status: ExitStatus? { first.withLock { $0 } }

    func receive(_ number: Int32) {
        let status = ExitStatus(signal: number)
        let isFirst = first.withLock { first in
            defer { first = first ?? status }
            return first == nil
        }
        guard isFirst else { _exit(status.rawValue) }
        trainer.stop()
        StandardError.write(
            "\napr: stopping after this step, with a checkpoint; interrupt again to stop at once\n")
    }
}
