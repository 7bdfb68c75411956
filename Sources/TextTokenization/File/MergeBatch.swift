/// Converts merges to pairs of ids, a batch at a time.
///
/// Each look-up waits for memory. In a loop of look-ups alone the processor waits for several at once, and these
/// waits are most of the time of loading a large tokenizer.
struct MergeBatch {
    /// The number of merges looked up together.
    static let size = 256

    private struct Merge {
        let start: Int
        let split: Int
        let end: Int
    }

    private let vocabulary: VocabularyTable
    private var table: MergeTable
    private var text: [UInt8] = []
    private var merges: [Merge] = []
    private var start = 0
    private var split = 0
    private var ids: [(left: Int32, right: Int32)] = []
    private var hint = 0
    private var rank: UInt32 = 0

    init(vocabulary: VocabularyTable) {
        self.vocabulary = vocabulary
        table = MergeTable(capacity: vocabulary.count)
    }

    /// The number of merges added.
    var count: Int { Int(rank) + merges.count }

    /// Reserves memory for this many merges in all; an estimate is enough.
    mutating func reserve(_ count: Int) { table.reserve(min(count, 1 << 22)) }

    /// Adds the first part of a merge.
    mutating func begin(_ left: Bytes) {
        start = text.count
        text.append(contentsOf: left)
        split = text.count
    }

    /// Adds the second part of a merge; false if it, or another merge since the last batch, has parts that are not
    /// tokens.
    mutating func end(_ right: Bytes) -> Bool {
        text.append(contentsOf: right)
        guard split > start, text.count > split else { return false }
        merges.append(Merge(start: start, split: split, end: text.count))
        return merges.count < Self.size || flush()
    }

    /// The table of all merges; nil if one has parts that are not tokens.
    mutating func finish() -> MergeTable? { flush() ? table : nil }

    private mutating func flush() -> Bool {
        guard Int(rank) + merges.count <= Int(UInt32.max) else { return false }
        ids.removeAll(keepingCapacity: true)
        defer {
            merges.removeAll(keepingCapacity: true)
            text.removeAll(keepingCapacity: true)
        }
        for merge in merges {
            guard let left = id(merge.start, merge.split), let right = id(merge.split, merge.end) else {
                return false
            }
            ids.append((left, right))
        }
        for (merge, pair) in zip(merges, ids) {
            // Merges have the order of the tokens they make, so the entry is nearly always at the expected index.
            let found = text.withUnsafeBufferPointer {
                vocabulary.entry(of: $0.slice(merge.start, merge.end), near: hint)
            }
            guard let found else { return false }
            hint = found
            table.insert(pair.left, pair.right, rank: rank, id: vocabulary.ids[found])
            rank += 1
        }
        return true
    }

    @inline(__always)
    private func id(_ start: Int, _ end: Int) -> Int32? {
        text.withUnsafeBufferPointer { vocabulary.id(of: $0.slice(start, end)) }
    }
}
