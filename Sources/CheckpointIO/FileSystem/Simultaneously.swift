import Dispatch

/// The same work on several things, on several of the system's threads.
enum Simultaneously {
    private static let threadLimit = 4

    /// The results of all items, in their order. There may be more threads than processors: three files of one size are
    /// then done by two processors in the time of one and a half.
    ///
    /// - Parameter costs: The items with the highest are begun first.
    static func map<Item: Sendable, Result>(
        _ items: [Item], costs: [Int], _ body: @Sendable (Item) -> Result
    ) -> [Result] {
        let order = items.indices.sorted { costs[$0] > costs[$1] }
        let threads = min(threadLimit, items.count)
        guard threads > 1 else { return items.map(body) }
        var results = [Result?](repeating: nil, count: items.count)
        results.withUnsafeMutableBufferPointer { slots in
            // Each thread has places of its own, and all end before the slots do.
            nonisolated(unsafe) let slots = slots
            withoutActuallyEscaping(body) { body in
                let group = DispatchGroup()
                for thread in 0..<threads {
                    DispatchQueue(label: "apr.files").async(group: group) {
                        for place in stride(from: thread, to: order.count, by: threads) {
                            slots[order[place]] = body(items[order[place]])
                        }
                    }
                }
                group.wait()
            }
        }
        return results.compactMap { $0 }
    }
}
