import CPUKernels

/// Threads that wait for work beside the caller's.
///
/// They spin for some tens of microseconds before they sleep, so that a step's thousands of operations do not each
/// have to wake a thread.
package final class WorkerPool: Sendable {
    nonisolated(unsafe) private let pool: OpaquePointer

    /// A pool of this many threads; nil if that is none or memory has run out.
    package init?(workers: Int) {
        guard workers > 0, let pool = cpu_worker_pool_create(Int32(clamping: workers)) else { return nil }
        self.pool = pool
    }

    deinit { cpu_worker_pool_destroy(pool) }

    /// Calls `body` once for every item below `count`, on whichever thread is free, and returns after the last.
    ///
    /// Concurrent callers share the threads, which take one item of each call in turn. The caller's own thread is
    /// number 0.
    package func run(_ count: Int, _ body: (_ item: Int, _ thread: Int) -> Void) {
        withoutActuallyEscaping(body) { body in
            var call = Call(body: body)
            withUnsafeMutablePointer(to: &call) { call in
                cpu_worker_pool_run(
                    pool, count,
                    { context, item, thread in
                        context?.assumingMemoryBound(to: Call.self).pointee.body(item, Int(thread))
                    },
                    call)
            }
        }
    }

    private struct Call {
        let body: (Int, Int) -> Void
    }
}
