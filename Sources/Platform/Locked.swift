/// A value that one thread at a time uses.
///
/// Like `Synchronization.Mutex`, but over the system's lock: the thread sanitizer knows only that one, and would report
/// every value that changes hands under the other.
package final class Locked<Value>: @unchecked Sendable {
    /// Allocated separately, since a lock in use must not move.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private var value: Value

    /// A lock around a value.
    package init(_ value: consuming sending Value) {
        self.value = value
        pthread_mutex_init(mutex, nil)
    }

    /// Calls `body` with the value, when no other thread has it; `body` must not ask for it again.
    package func withLock<Result, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }
}
