/// The merges of a byte-pair model: for a pair of ids, the rank of the merge and the id it makes.
///
/// An open table of (pair, rank and id) words; look-ups are nearly all the work of encoding.
struct MergeTable: Sendable {
    /// A merge: the lower the rank, the earlier it is done.
    struct Merge: Sendable {
        let rank: UInt32
        let id: Int32
    }

    private struct Slot {
        var pair: UInt64
        var merge: UInt64
    }

    // No pair: ids are not negative, so the top bit of a pair is never set.
    private static let free = UInt64.max
    private var slots: [Slot]
    private var shift: UInt64
    private let seed = UInt64.random(in: .min ... .max)

    /// An empty table with room for `capacity` merges.
    init(capacity: Int) {
        var bits: UInt64 = 4
        while 1 << bits < capacity * 2 { bits += 1 }
        slots = [Slot](repeating: Slot(pair: Self.free, merge: 0), count: 1 << Int(bits))
        shift = 64 - bits
    }

    /// Adds a merge; the same pair a second time replaces the first. The table must have room.
    mutating func insert(_ left: Int32, _ right: Int32, rank: UInt32, id: Int32) {
        let place = slot(left, right)
        slots[place] = Slot(
            pair: Self.pair(left, right), merge: UInt64(rank) << 32 | UInt64(UInt32(bitPattern: id)))
    }

    /// The merge of a pair; nil where the two stay apart.
    @inline(__always)
    func merge(_ left: Int32, _ right: Int32) -> Merge? {
        let found = slots[slot(left, right)]
        guard found.pair != Self.free else { return nil }
        return Merge(
            rank: UInt32(truncatingIfNeeded: found.merge >> 32),
            id: Int32(bitPattern: UInt32(truncatingIfNeeded: found.merge)))
    }

    @inline(__always)
    private static func pair(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    @inline(__always)
    private func slot(_ left: Int32, _ right: Int32) -> Int {
        let pair = Self.pair(left, right)
        let product = (pair ^ seed).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        var place = Int(truncatingIfNeeded: (product.high ^ product.low) >> shift)
        while slots[place].pair != pair, slots[place].pair != Self.free {
            place = (place + 1) & (slots.count - 1)
        }
        return place
    }
}
