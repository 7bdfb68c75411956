import Platform

/// The tokens of a vocabulary, by their bytes and by their ids.
///
/// All texts lie in one block; the table hashes bytes, never `String`, whose equality is canonical equivalence.
struct VocabularyTable: Sendable {
    /// A slot of the table. It contains a short text itself, so that finding one reads no other memory.
    private struct Slot {
        /// A text of at most seven bytes with its length, else a hash that differs from every short text.
        var key: UInt64
        /// The entry's number plus one; 0 for a free slot.
        var entry: UInt32
        var id: Int32

        static let free = Slot(key: 0, entry: 0, id: 0)
    }

    private var block: [UInt8] = []
    /// The end of each entry's text; it starts at the end of the previous one.
    private var ends: [UInt32] = [0]
    private(set) var ids: [Int32] = []
    /// By hash. The count is a power of two, and at most three fifths are in use.
    private var slots: [Slot]
    private let seed = UInt64.random(in: .min ... .max)
    /// Entry numbers plus one by id, for dense ids; the others are in `sparseEntries`.
    private var denseEntries: [UInt32] = []
    private var sparseEntries: [Int32: UInt32] = [:]

    /// An empty table with room for `capacity` tokens.
    init(capacity: Int) {
        var size = 16
        while size * 3 < capacity * 5 { size *= 2 }
        slots = [Slot](onLargePages: .free, count: size)
        ends.reserveCapacity(capacity + 1)
        ids.reserveCapacity(capacity)
        denseEntries.reserveCapacity(capacity)
    }

    var count: Int { ids.count }

    /// Adds a token, unless its text or its id exists already or all texts together are too long.
    mutating func insert(_ text: Bytes, id: Int32) -> InsertResult {
        let key = key(text)
        let index = slot(of: text, key)
        guard slots[index].entry == 0 else { return .textTaken }
        let entry = UInt32(ids.count)
        guard block.count + text.count <= Int(UInt32.max) else { return .tooLong }
        if let other = self.entry(id: id) { return .idTaken(by: self.text(entry: other)) }
        remember(entry, id: id)
        slots[index] = Slot(key: key, entry: entry + 1, id: id)
        block.append(contentsOf: text)
        ends.append(UInt32(block.count))
        ids.append(id)
        if ids.count * 5 > slots.count * 3 { grow() }
        return .inserted
    }

    /// The result of adding a token.
    enum InsertResult {
        case inserted
        case textTaken
        case idTaken(by: String)
        case tooLong
    }

    /// The id of a text.
    func id(of text: Bytes) -> Int32? {
        let found = slots[slot(of: text, key(text))]
        return found.entry == 0 ? nil : found.id
    }

    /// The entry of a text; it is searched for first at `hint` and after it.
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

    /// Lends the bytes of an id's text, none if there is no such id.
    func withBytes<Result>(id: Int32, _ body: (Bytes) -> Result) -> Result {
        block.withUnsafeBufferPointer { block in
            guard let entry = entry(id: id) else { return body(block.slice(0, 0)) }
            return body(block.slice(Int(ends[entry]), Int(ends[entry + 1])))
        }
    }

    private func entry(id: Int32) -> Int? {
        if id >= 0, Int(id) < denseEntries.count {
            let entry = denseEntries[Int(id)]
            if entry != 0 { return Int(entry - 1) }
        }
        return sparseEntries[id].map(Int.init)
    }

    private mutating func remember(_ entry: UInt32, id: Int32) {
        // An id slightly beyond the end is dense enough; a single huge id must not make the array huge.
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

    private func entry(of text: Bytes) -> Int? {
        let found = slots[slot(of: text, key(text))]
        return found.entry == 0 ? nil : Int(found.entry - 1)
    }

    /// The slot that holds the text, or the free one where it would go.
    private func slot(of text: Bytes, _ key: UInt64) -> Int {
        slots.withUnsafeBufferPointer { slots in
            let mask = slots.count - 1
            var index = firstIndex(key) & mask
            while true {
                let found = slots[index]
                if found.entry == 0 { return index }
                if found.key == key, key < Self.longMark || holds(Int(found.entry - 1), text) { return index }
                index = (index + 1) & mask
            }
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

    /// Set in the keys of long texts; the highest byte of a short text's key is at most 7.
    private static let longMark: UInt64 = 1 << 63

    /// The key of a text in the table: a short text itself, else its hash.
    @inline(__always)
    private func key(_ text: Bytes) -> UInt64 {
        guard text.count < 8 else { return hash(text) | Self.longMark }
        return UInt64(text.count) << 56 | Self.word(UnsafeRawBufferPointer(text))
    }

    /// At most seven bytes as a number.
    @inline(__always)
    private static func word(_ raw: UnsafeRawBufferPointer) -> UInt64 {
        let count = raw.count
        // The two halves overlap, and the shared bytes are equal in both.
        if count >= 4 {
            let low = UInt64(UInt32(littleEndian: raw.loadUnaligned(as: UInt32.self)))
            let high = UInt64(
                UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self)))
            return low | high << UInt64(8 * (count - 4))
        }
        var value: UInt64 = 0
        for byte in raw.reversed() { value = value << 8 | UInt64(byte) }
        return value
    }

    @inline(__always)
    private func firstIndex(_ key: UInt64) -> Int { Int(truncatingIfNeeded: Self.mix(key ^ seed)) }

    private func hash(_ text: Bytes) -> UInt64 {
        let raw = UnsafeRawBufferPointer(text)
        var state = seed ^ UInt64(text.count)
        var index = 0
        while index + 8 <= text.count {
            state = Self.mix(state ^ raw.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            index += 8
        }
        return Self.mix(state ^ Self.word(UnsafeRawBufferPointer(rebasing: raw[index...])))
    }

    @inline(__always)
    private static func mix(_ value: UInt64) -> UInt64 {
        let product = value.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        return product.high ^ product.low
    }

    private mutating func grow() {
        let old = slots
        slots = [Slot](onLargePages: .free, count: old.count * 2)
        let mask = slots.count - 1
        for slot in old where slot.entry != 0 {
            var index = firstIndex(slot.key) & mask
            while slots[index].entry != 0 { index = (index + 1) & mask }
            slots[index] = slot
        }
    }
}
