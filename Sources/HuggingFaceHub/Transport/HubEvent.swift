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

/// Receives events, from any thread.
public typealias HubEventHandler = @Sendable (HubEvent) -> Void
