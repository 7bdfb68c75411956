import Dispatch

/// Splits work over a fixed number of threads.
///
/// The split depends on the amount of work and the number of threads alone, never on timing, and every part writes
/// its own results: a run repeats bit for bit.
struct Parallel: Sendable {
    /// The number of parts that work is split into.
    let threads: Int

    /// Calls `body` with consecutive ranges that cover `0..<count`.
    ///
    /// - Parameters:
    ///   - grain: the least worth a thread of its own; ranges start at multiples of it.
    func ranges(of count: Int, grain: Int, _ body: (Range<Int>) -> Void) {
        parts(of: count, grain: grain) { range, _ in body(range) }
    }

    /// Calls `body` with consecutive ranges that cover `0..<count` and the number of the part, below `threads`.
    func parts(of count: Int, grain: Int, _ body: (Range<Int>, Int) -> Void) {
        let grains = (count + grain - 1) / grain
        let parts = min(threads, grains)
        guard parts > 1 else {
            if count > 0 { body(0..<count, 0) }
            return
        }
        let body = { (part: (Range<Int>, Int)) in body(part.0, part.1) }
        withoutSharing(body) { body in
            DispatchQueue.concurrentPerform(iterations: parts) { part in
                let start = grains * part / parts * grain
                let end = min(grains * (part + 1) / parts * grain, count)
                body((start..<end, part))
            }
        }
    }

    /// Calls `body` once for every item, whichever thread is free; the items must not depend on each other.
    func items(_ count: Int, _ body: (Int) -> Void) {
        guard threads > 1, count > 1 else {
            for item in 0..<count { body(item) }
            return
        }
        withoutSharing(body) { body in
            DispatchQueue.concurrentPerform(iterations: count, execute: body)
        }
    }

    /// `concurrentPerform` returns after the last call, so the closure escapes to no other isolation.
    private func withoutSharing<Argument>(
        _ body: (Argument) -> Void, _ use: (@Sendable (Argument) -> Void) -> Void
    ) {
        withoutActuallyEscaping(body) { body in
            nonisolated(unsafe) let body = body
            use { body($0) }
        }
    }
}
