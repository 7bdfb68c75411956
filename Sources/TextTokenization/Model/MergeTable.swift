import Platform

/// The merges of a byte-pair model: for a pair of ids, the rank of the merge and the id it makes.
///
/// A hash table with open addressing; look-ups are nearly all the work of encoding.
struct MergeTable: Sendable {
    /// A merge: the lower the rank, the earlier it is done.
    struct Merge: Sendable {
        let rank: UInt32
        let id: Int32
    }

    fileprivate struct Slot {
        var pair: UInt64
        var merge: UInt64
    }

    // No pair: ids are not negative, so the top bit of a pair is never set.
    fileprivate static let free = UInt64.max
    private var slots: [Slot]
    private var shift: UInt64
    private var count = 0
    private let seed = UInt64.random(in: .min ... .max)

    /// An empty table with room for `capacity` merges.
    init(capacity: Int) {
        var bits: UInt64 = 4
        while 3 << bits < capacity * 5 { bits += 1 }
        slots = [Slot](onLargePages: Slot(pair: Self.free, merge: 0), count: 1 << Int(bits))
        shift = 64 - bits
    }

    /// Reserves memory for `capacity` merges in all.
    mutating func reserve(_ capacity: Int) { while slots.count * 3 < capacity * 5 { grow() } }

    /// Adds a merge; a repeated pair replaces the first one.
    mutating func insert(_ left: Int32, _ right: Int32, rank: UInt32, id: Int32) {
        var index = slot(left, right)
        if slots[index].pair == Self.free {
            if count * 5 >= slots.count * 3 {
                grow()
                index = slot(left, right)
            }
            count += 1
        }
        slots[index] = Slot(
            pair: Self.pair(left, right), merge: UInt64(rank) << 32 | UInt64(UInt32(bitPattern: id)))
    }

    /// Passes the table in its fastest form, valid during the call.
    @inline(__always)
    func withLookup<Result>(_ body: (Lookup) -> Result) -> Result {
        slots.withUnsafeBufferPointer { body(Lookup(slots: $0, shift: shift, seed: seed)) }
    }

    /// Whether no merge satisfies a condition on its left and its right id.
    func noMerge(satisfies condition: (Int32, Int32) -> Bool) -> Bool {
        slots.allSatisfy { slot in
            slot.pair == Self.free
                || !condition(
                    Int32(bitPattern: UInt32(truncatingIfNeeded: slot.pair >> 32)),
                    Int32(bitPattern: UInt32(truncatingIfNeeded: slot.pair)))
        }
    }

    /// A merge table whose memory is held by the caller.
    struct Lookup {
        fileprivate let slots: UnsafeBufferPointer<Slot>
        fileprivate let shift: UInt64
        fileprivate let seed: UInt64

        /// The merge of a pair; nil if there is none.
        @inline(__always)
        func merge(_ left: Int32, _ right: Int32) -> Merge? {
            let pair = MergeTable.pair(left, right)
            var index = MergeTable.firstIndex(pair, shift, seed)
            while true {
                // Always in bounds: an index is a hash of as many bits as the table has slots.
                let found = slots[index]
                if found.pair == pair {
                    return Merge(
                        rank: UInt32(truncatingIfNeeded: found.merge >> 32),
                        id: Int32(bitPattern: UInt32(truncatingIfNeeded: found.merge)))
                }
                if found.pair == MergeTable.free { return nil }
                index = (index + 1) & (slots.count - 1)
            }
        }
    }

    @inline(__always)
    fileprivate static func pair(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    private mutating func grow() {
        let old = slots
        slots = [Slot](onLargePages: Slot(pair: Self.free, merge: 0), count: old.count * 2)
        shift -= 1
        guard count > 0 else { return }
        for merge in old where merge.pair != Self.free { slots[slot(merge.pair)] = merge }
    }

    private func slot(_ left: Int32, _ right: Int32) -> Int { slot(Self.pair(left, right)) }

    private func slot(_ pair: UInt64) -> Int {
        var index = Self.firstIndex(pair, shift, seed)
        while slots[index].pair != pair, slots[index].pair != Self.free {
            index = (index + 1) & (slots.count - 1)
        }
        return index
    }

    @inline(__always)
    fileprivate static func firstIndex(_ pair: UInt64, _ shift: UInt64, _ seed: UInt64) -> Int {
        let product = (pair ^ seed).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        return Int(truncatingIfNeeded: (product.high ^ product.low) >> shift)
    }
}
