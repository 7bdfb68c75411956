import Synchronization

/// Counts the bytes transferred; those of failed attempts do not count.
final class TransferProgress: Sendable {
    private let onEvent: HubEventHandler
    private let count: Mutex<(done: Int, total: Int)>

    /// - Parameter done: What was there from the beginning.
    init(total: Int = 0, done: Int = 0, onEvent: @escaping HubEventHandler) {
        self.onEvent = onEvent
        count = Mutex((done, total))
    }

    /// Adds to the total.
    ///
    /// - Parameter done: What of it is there already.
    func expect(_ bytes: Int, done: Int) {
        count.withLock { $0 = ($0.done + done, $0.total + bytes) }
    }

    /// Adds to the count; a negative number takes from it.
    func add(_ bytes: Int) {
        guard bytes != 0 else { return }
        let now = count.withLock { count in
            count.done += bytes
            return count
        }
        onEvent(.progress(done: now.done, total: now.total))
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

        /// The attempt has transferred this many bytes, whatever was counted.
        func complete(_ bytes: Int) { add(bytes - count.withLock { $0 }) }

        /// The attempt has failed.
        func withdraw() { complete(0) }
    }
}

/// What happens while the Hub is at work.
public enum HubEvent: Sendable, Hashable {
    /// Bytes transferred, of the total.
    case progress(done: Int, total: Int)
    /// A request is repeated after a while.
    case waiting(seconds: Double, reason: String)
    /// Another process is downloading the same file.
    case locked(path: String)
    /// Something that the user should know.
    case warning(String)
}

extension HubEvent {
    /// The same event with a placeholder where the token was.
    func without(_ token: HubToken) -> HubEvent {
        switch self {
        case .progress, .locked: self
        case .waiting(let seconds, let reason): .waiting(seconds: seconds, reason: token.redacting(reason))
        case .warning(let text): .warning(token.redacting(text))
        }
    }
}

/// Receives events, from any thread.
public typealias HubEventHandler = @Sendable (HubEvent) -> Void
