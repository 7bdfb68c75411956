import CPUKernels

/// Splits work over a fixed number of threads.
///
/// The split depends only on the amount of work and the number of threads, never on timing, and every part writes its
/// own results. So a run can be repeated bit for bit.
struct Parallel: Sendable {
    /// The number of parts that work is split into.
    let threads: Int
    private let pool: WorkerPool?

    /// A split over so many threads, the caller's included.
    init(threads: Int) {
        self.threads = threads
        pool = WorkerPool(workers: threads - 1)
    }

    /// Calls `body` with consecutive ranges that cover `0..<count`.
    ///
    /// - Parameters:
    ///   - grain: the smallest range for which a thread pays; ranges start at multiples of it.
    func ranges(of count: Int, grain: Int, _ body: (Range<Int>) -> Void) {
        let grains = (count + grain - 1) / grain
        let parts = min(threads, grains)
        guard parts > 1 else {
            if count > 0 { body(0..<count) }
            return
        }
        items(parts) { part in
            body(grains * part / parts * grain..<min(grains * (part + 1) / parts * grain, count))
        }
    }

    /// Calls `body` once for every item, whichever thread is free; the items must not depend on each other.
    func items(_ count: Int, _ body: (_ item: Int) -> Void) {
        items(count) { item, _ in body(item) }
    }

    /// The same with the number of the thread, below `threads`, which selects per-thread memory.
    func items(_ count: Int, _ body: (_ item: Int, _ thread: Int) -> Void) {
        guard let pool, count > 1 else {
            for item in 0..<count { body(item, 0) }
            return
        }
        pool.run(count, body)
    }
}

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
