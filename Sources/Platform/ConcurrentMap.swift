import Dispatch

/// The results of all items, in their order, from at most four of the system's threads.
///
/// More threads than processors are useful: two processors then handle three files of one size in the time of one
/// and a half.
///
/// - Parameter costs: The items with the highest are begun first.
package func parallelMap<Item: Sendable, Result>(
    _ items: [Item], costs: [Int], _ body: @Sendable (Item) -> Result
) -> [Result] {
    let order = items.indices.sorted { costs[$0] > costs[$1] }
    let threads = min(4, items.count)
    guard threads > 1 else { return items.map(body) }
    var results = [Result?](repeating: nil, count: items.count)
    results.withUnsafeMutableBufferPointer { slots in
        // Each thread writes its own slots, and all threads end before the buffer is freed.
        nonisolated(unsafe) let slots = slots
        withoutActuallyEscaping(body) { body in
            let group = DispatchGroup()
            for thread in 0..<threads {
                DispatchQueue(label: "apr.files").async(group: group) {
                    for index in stride(from: thread, to: order.count, by: threads) {
                        slots[order[index]] = body(items[order[index]])
                    }
                }
            }
            group.wait()
        }
    }
    return results.compactMap { $0 }
}

/// Counts what several threads have read, and tells one after the other.
package final class SharedByteCount: @unchecked Sendable {
    private let queue = DispatchQueue(label: "apr.progress")
    private let total: Int
    private let progress: ((_ done: Int, _ total: Int) -> Void)?
    private var done = 0

    package init(total: Int, _ progress: ((_ done: Int, _ total: Int) -> Void)?) {
        self.total = total
        self.progress = progress
    }

    package func add(_ count: Int) {
        guard let progress, count != 0 else { return }
        queue.sync {
            done &+= count
            progress(done, total)
        }
    }
}

/// The results of all items, in their order, from tasks of which a few run at a time; the first error cancels the others.
package func concurrentMap<Item: Sendable, Result: Sendable>(
    _ items: [Item], limit: Int, _ body: @escaping @Sendable (Item) async throws -> Result
) async throws -> [Result] {
    try await withThrowingTaskGroup(of: (Int, Result).self) { group in
        var results: [Int: Result] = [:]
        var next = 0
        func start() {
            guard next < items.count else { return }
            let (index, item) = (next, items[next])
            next += 1
            group.addTask { (index, try await body(item)) }
        }
        for _ in 0..<max(1, limit) { start() }
        while let (index, result) = try await group.next() {
            results[index] = result
            start()
        }
        return items.indices.compactMap { results[$0] }
    }
}
