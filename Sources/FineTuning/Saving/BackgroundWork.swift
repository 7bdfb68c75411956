import Dispatch
import Platform
import TensorCore

/// Runs one piece of work at a time on a background thread.
///
/// The thread does not belong to Swift's concurrency pool: the work waits for disks, and its caller may block the
/// pool's only thread.
final class BackgroundWork<Outcome: Sendable>: Sendable {
    private struct State {
        var isUnderWay = false
        var work: (@Sendable () -> Outcome)?
        var outcome: Outcome?
    }

    private let queue: DispatchQueue
    private let done = DispatchSemaphore(value: 0)
    private let state = Locked(State())

    /// - Parameter name: the thread's name in debuggers.
    init(name: String) { queue = DispatchQueue(label: name) }

    /// Starts work.
    ///
    /// - Precondition: the outcome of the previous work has been taken.
    func start(_ work: @escaping @Sendable () -> Outcome) {
        state.withLock { state in
            precondition(!state.isUnderWay, "work is under way already")
            state = State(isUnderWay: true, work: work)
        }
        queue.async { [self] in
            let outcome = perform()
            state.withLock { $0.outcome = outcome }
            done.signal()
        }
    }

    /// Does the work and releases it: what it holds, such as a lock, must be free when its outcome is taken.
    private func perform() -> Outcome? {
        let work = state.withLock { state in
            defer { state.work = nil }
            return state.work
        }
        return work?()
    }

    /// Takes the outcome of the work that was started; nil if there is none yet.
    ///
    /// - Parameter waiting: whether to wait until the work is done.
    func take(waiting: Bool) -> Outcome? {
        take(by: waiting ? .distantFuture : .now())
    }

    /// Takes the outcome of the work that was started; nil if there is none after some seconds.
    func take(within seconds: Double) -> Outcome? { take(by: .now() + seconds) }

    private func take(by deadline: DispatchTime) -> Outcome? {
        guard state.withLock(\.isUnderWay) else { return nil }
        guard done.wait(timeout: deadline) == .success else { return nil }
        return state.withLock { state in
            defer { state = State() }
            return state.outcome
        }
    }
}
