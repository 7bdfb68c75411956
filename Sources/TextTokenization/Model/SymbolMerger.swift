/// Merges a piece's symbols, pair by pair, the lowest rank first and the leftmost of equals.
///
/// Short pieces, which are nearly all, are scanned for the lowest rank. Long ones use a heap, so that the time for an
/// uncut text (a megabyte of one letter, or a tokenizer without pre-tokenizer) stays nearly linear.
struct SymbolMerger {
    private static let scanLimit = 48
    private static let noRank = UInt32.max

    /// The symbols before merging, and the tokens after it.
    var symbols: [Int32] = []
    private var ranks: [UInt32] = []
    private var merged: [Int32] = []
    private var heap: [UInt64] = []
    private var previous: [Int32] = []
    private var next: [Int32] = []
    private let words: WordCache?

    /// - Parameter words: the cache of merged words, if there is one.
    init(words: WordCache? = nil) { self.words = words }

    /// Merges `symbols` in place.
    mutating func run(_ table: MergeTable) {
        if symbols.count < 2 { return }
        guard let words, symbols.count <= WordCache.symbolLimit else { return merge(table) }
        let entry = words.entry(of: symbols)
        if entry.recall(&symbols) { return }
        entry.begin(symbols)
        merge(table)
        entry.store(symbols)
    }

    private mutating func merge(_ table: MergeTable) {
        table.withLookup { lookup in
            if symbols.count <= Self.scanLimit { scan(lookup) } else { mergeByHeap(lookup) }
        }
    }

    private mutating func scan(_ table: MergeTable.Lookup) {
        var count = symbols.count
        if ranks.count < Self.scanLimit {
            ranks = [UInt32](repeating: Self.noRank, count: Self.scanLimit)
            merged = [Int32](repeating: 0, count: Self.scanLimit)
        }
        symbols.withUnsafeMutableBufferPointer { symbols in
            ranks.withUnsafeMutableBufferPointer { ranks in
                merged.withUnsafeMutableBufferPointer { merged in
                    @inline(__always)
                    func renew(_ index: Int) {
                        let merge = table.merge(symbols[index], symbols[index + 1])
                        ranks[index] = merge?.rank ?? Self.noRank
                        merged[index] = merge?.id ?? 0
                    }
                    for index in 0..<(count - 1) { renew(index) }
                    while count > 1 {
                        var best = Self.noRank
                        var lowest = 0
                        for index in 0..<(count - 1) where ranks[index] < best {
                            best = ranks[index]
                            lowest = index
                        }
                        guard best != Self.noRank else { return }
                        symbols[lowest] = merged[lowest]
                        count -= 1
                        // Each later symbol moves up by one, with the merge that it starts.
                        for index in (lowest + 1)..<Swift.max(lowest + 1, count) {
                            symbols[index] = symbols[index + 1]
                            ranks[index - 1] = ranks[index]
                            merged[index - 1] = merged[index]
                        }
                        if lowest > 0 { renew(lowest - 1) }
                        if lowest + 1 < count { renew(lowest) }
                    }
                }
            }
        }
        symbols.removeLast(symbols.count - count)
    }

    // MARK: - Long pieces

    /// `symbols` becomes a linked list; a heap entry is (rank, index) and stale where `ranks[index]` says otherwise.
    private mutating func mergeByHeap(_ table: MergeTable.Lookup) {
        let count = symbols.count
        ranks = [UInt32](repeating: Self.noRank, count: count)
        merged = [Int32](repeating: 0, count: count)
        previous = (0..<count).map { Int32($0) - 1 }
        next = (0..<count).map { $0 + 1 == count ? -1 : Int32($0) + 1 }
        heap.removeAll(keepingCapacity: true)
        for index in 0..<(count - 1) { offer(index, table) }
        while let (rank, index) = popLowest() {
            guard ranks[index] == rank else { continue }
            let right = Int(next[index])
            symbols[index] = merged[index]
            symbols[right] = -1
            ranks[right] = Self.noRank
            let after = next[right]
            next[index] = after
            if after >= 0 { previous[Int(after)] = Int32(index) }
            ranks[index] = Self.noRank
            if previous[index] >= 0 { offer(Int(previous[index]), table) }
            if after >= 0 { offer(index, table) }
        }
        symbols.removeAll { $0 < 0 }
    }

    private mutating func offer(_ index: Int, _ table: MergeTable.Lookup) {
        guard let merge = table.merge(symbols[index], symbols[Int(next[index])]) else {
            ranks[index] = Self.noRank
            return
        }
        ranks[index] = merge.rank
        merged[index] = merge.id
        heap.append(UInt64(merge.rank) << 32 | UInt64(index))
        var child = heap.count - 1
        while child > 0, heap[(child - 1) / 2] > heap[child] {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private mutating func popLowest() -> (rank: UInt32, index: Int)? {
        guard let lowest = heap.first else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            var parent = 0
            while true {
                var child = parent * 2 + 1
                guard child < heap.count else { break }
                if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
                guard heap[child] < heap[parent] else { break }
                heap.swapAt(child, parent)
                parent = child
            }
        }
        return (UInt32(truncatingIfNeeded: lowest >> 32), Int(lowest & 0xFFFF_FFFF))
    }
}
