import ModelPublishing
import Platform
import Synchronization

/// Work on what is made only to be sent: a signal ends the program at once, and nothing of it is left behind.
final class StagedWork {
    /// Whoever takes over hands the signals to another function.
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

    /// Gives the signals their ordinary effect back, at the end of the work or of its failure.
    func finish() {
        // Work that fails because its directory is being removed has nothing to say.
        while isEnding.value.load(ordering: .sequentiallyConsistent) { sleep(1) }
        signals.end()
    }

    private final class Flag: Sendable {
        let value = Atomic(false)
    }
}
