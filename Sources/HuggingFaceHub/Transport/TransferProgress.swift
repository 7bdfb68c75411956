import Synchronization

/// Counts the bytes that are where they belong; what a failed attempt moved does not count.
final class TransferProgress: Sendable {
    private let total: Int
    private let onEvent: HubEventHandler
    private let done = Mutex(0)

    /// - Parameter done: What was there from the beginning.
    init(total: Int, done: Int = 0, onEvent: @escaping HubEventHandler) {
        self.total = total
        self.onEvent = onEvent
        self.done.withLock { $0 = done }
    }

    /// Adds to the count; a negative number takes from it.
    func add(_ count: Int) {
        guard count != 0 else { return }
        let now = done.withLock { done in
            done += count
            return done
        }
        onEvent(.progress(done: now, total: total))
    }

    /// Begins to count for one attempt.
    func attempt() -> Attempt { Attempt(progress: self) }

    /// The bytes of one attempt, which may fail.
    final class Attempt: Sendable {
        private let progress: TransferProgress
        private let count = Mutex(0)

        init(progress: TransferProgress) { self.progress = progress }

        func add(_ bytes: Int) {
            count.withLock { $0 += bytes }
            progress.add(bytes)
        }

        /// The attempt has moved so many bytes, whatever was seen of them.
        func complete(_ bytes: Int) { add(bytes - count.withLock { $0 }) }

        /// The attempt has failed.
        func withdraw() { complete(0) }
    }
}
