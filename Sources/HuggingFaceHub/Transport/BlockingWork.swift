import Dispatch

/// Work that computes for long: on a thread of its own, so that what is sent meanwhile does not wait for it.
enum BlockingWork {
    static func run<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: body()) }
        }
    }
}
