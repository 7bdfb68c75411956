import ModelPublishing
import Platform
import Synchronization

/// Work on temporary files for publishing. A signal removes them and ends the program at once.
final class StagedWork {
    /// The watch; a later step can pass the signals to another function.
    let signals: SignalWatch
    private let isEnding: Flag

    /// Starts to watch for signals.
    init() {
        let isEnding = Flag()
        self.isEnding = isEnding
        signals = SignalWatch { number in
            isEnding.value.store(true, ordering: .sequentiallyConsistent)
            StagingDirectory.removeAll()
            _exit(ExitStatus(signal: number).rawValue)
        }
    }

    /// Restores the signals' default effect when the work ends or fails.
    func finish() {
        // The work may fail because its directory is being removed; the error does not matter then.
        while isEnding.value.load(ordering: .sequentiallyConsistent) { sleep(1) }
        signals.end()
    }

    private final class Flag: Sendable {
        let value = Atomic(false)
    }
}
