/// Work on a few things at a time.
enum Concurrently {
    /// The results of all items, in their order; the first error ends the others.
    static func map<Item: Sendable, Result: Sendable>(
        _ items: [Item], atOnce limit: Int, _ body: @escaping @Sendable (Item) async throws -> Result
    ) async throws -> [Result] {
        try await withThrowingTaskGroup(of: (Int, Result).self) { group in
            var results: [Int: Result] = [:]
            var next = 0
            func start() {
                guard next < items.count else { return }
                let (place, item) = (next, items[next])
                next += 1
                group.addTask { (place, try await body(item)) }
            }
            for _ in 0..<max(1, limit) { start() }
            while let (place, result) = try await group.next() {
                results[place] = result
                start()
            }
            return items.indices.compactMap { results[$0] }
        }
    }
}
