/// The tokens of a vocabulary, by their bytes and by their ids.
///
/// All texts lie in one block; the table hashes bytes, never `String`, whose equality is canonical equivalence.
struct VocabularyTable: Sendable {
    private var block: [UInt8] = []
    /// Where each entry's text ends; it starts where the one before ends.
    private var ends: [UInt32] = [0]
    private(set) var ids: [Int32] = []
    /// By hash: the hash's upper half above an entry number plus one, 0 for a free place. The upper half spares most
    /// looks at texts that differ. The count is a power of two, at most half taken.
    private var slots: [UInt64]
    private let seed = UInt64.random(in: .min ... .max)
    /// Entry numbers plus one by id, as far as ids are dense; the others are in `sparseEntries`.
    private var denseEntries: [UInt32] = []
    private var sparseEntries: [Int32: UInt32] = [:]

    /// An empty table with room for `capacity` tokens.
    init(capacity: Int) {
        var size = 16
        while size < capacity * 2 { size *= 2 }
        slots = [UInt64](repeating: 0, count: size)
        ends.reserveCapacity(capacity + 1)
        ids.reserveCapacity(capacity)
        denseEntries.reserveCapacity(capacity)
    }

    var count: Int { ids.count }

    /// Adds a token; false where its text or its id is there already, or where the texts together are too long.
    mutating func insert(_ text: Bytes, id: Int32) -> InsertResult {
        let hash = hash(text)
        let place = slot(of: text, hash)
        guard slots[place] == 0 else { return .textTaken }
        let entry = UInt32(ids.count)
        guard block.count + text.count <= Int(UInt32.max) else { return .tooLong }
        if let other = self.entry(id: id) { return .idTaken(by: self.text(entry: other)) }
        remember(entry, id: id)
        slots[place] = hash & Self.upperHalf | UInt64(entry + 1)
        block.append(contentsOf: text)
        ends.append(UInt32(block.count))
        ids.append(id)
        if ids.count * 2 > slots.count { grow() }
        return .inserted
    }

    /// What came of adding a token.
    enum InsertResult {
        case inserted
        case textTaken
        case idTaken(by: String)
        case tooLong
    }

    /// The id of a text.
    func id(of text: Bytes) -> Int32? {
        entry(of: text).map { ids[$0] }
    }

    /// The entry of a text, looked for first where the caller expects it: at `hint` and behind it.
    func entry(of text: Bytes, near hint: Int) -> Int? {
        for entry in [hint, hint + 1] where entry < ids.count && holds(entry, text) { return entry }
        return entry(of: text)
    }

    /// The id of a text.
    func id(of text: String) -> Int32? {
        var text = text
        return text.withUTF8 { id(of: $0) }
    }

    /// The text of an id.
    func text(id: Int32) -> String? { entry(id: id).map { text(entry: $0) } }

    private func entry(id: Int32) -> Int? {
        if id >= 0, Int(id) < denseEntries.count {
            let entry = denseEntries[Int(id)]
            if entry != 0 { return Int(entry - 1) }
        }
        return sparseEntries[id].map(Int.init)
    }

    private mutating func remember(_ entry: UInt32, id: Int32) {
        // A little ahead is dense enough; a single huge id must not make the array huge.
        guard Int(id) < denseEntries.count + 4096 else {
            sparseEntries[id] = entry
            return
        }
        while denseEntries.count <= Int(id) { denseEntries.append(0) }
        denseEntries[Int(id)] = entry + 1
    }

    private func text(entry: Int) -> String {
        String(decoding: block[Int(ends[entry])..<Int(ends[entry + 1])], as: UTF8.self)
    }

    private static let upperHalf: UInt64 = 0xFFFF_FFFF_0000_0000

    private func entry(of text: Bytes) -> Int? {
        let found = slots[slot(of: text, hash(text))]
        return found == 0 ? nil : Int(UInt32(truncatingIfNeeded: found) - 1)
    }

    /// The place that holds the text, or the free one where it would go.
    private func slot(of text: Bytes, _ hash: UInt64) -> Int {
        let mask = slots.count - 1
        var place = Int(truncatingIfNeeded: hash) & mask
        while true {
            let found = slots[place]
            if found == 0 { return place }
            if (found ^ hash) & Self.upperHalf == 0, holds(Int(UInt32(truncatingIfNeeded: found) - 1), text) {
                return place
            }
            place = (place + 1) & mask
        }
    }

    private func holds(_ entry: Int, _ text: Bytes) -> Bool {
        let start = Int(ends[entry])
        guard Int(ends[entry + 1]) - start == text.count else { return false }
        return block.withUnsafeBufferPointer { block in
            for offset in 0..<text.count where block[start + offset] != text[offset] { return false }
            return true
        }
    }

    private func hash(_ text: Bytes) -> UInt64 {
        var state = seed ^ UInt64(text.count)
        let raw = UnsafeRawBufferPointer(text)
        var index = 0
        while index + 8 <= text.count {
            state = Self.mix(state ^ raw.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            index += 8
        }
        var rest: UInt64 = 0
        while index < text.count {
            rest = rest << 8 | UInt64(text[index])
            index += 1
        }
        return Self.mix(state ^ rest)
    }

    @inline(__always)
    private static func mix(_ value: UInt64) -> UInt64 {
        let product = value.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        return product.high ^ product.low
    }

    private mutating func grow() {
        slots = [UInt64](repeating: 0, count: slots.count * 2)
        for entry in ids.indices {
            block[Int(ends[entry])..<Int(ends[entry + 1])].withUnsafeBufferPointer { text in
                let hash = hash(text)
                slots[slot(of: text, hash)] = hash & Self.upperHalf | UInt64(entry + 1)
            }
        }
    }
}
