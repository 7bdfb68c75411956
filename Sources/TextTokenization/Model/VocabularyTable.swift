/// The tokens of a vocabulary, by their bytes and by their ids.
///
/// All texts lie in one block; the table hashes bytes, never `String`, whose equality is canonical equivalence.
struct VocabularyTable: Sendable {
    private var block: [UInt8] = []
    /// Where each entry's text ends; it starts where the one before ends.
    private var ends: [UInt32] = [0]
    private(set) var ids: [Int32] = []
    /// Entry numbers plus one by hash, 0 for a free place. The count is a power of two, at most half taken.
    private var slots: [UInt32]
    private let seed = UInt64.random(in: .min ... .max)
    private var entryByID: [Int32: UInt32] = [:]

    /// An empty table with room for `capacity` tokens.
    init(capacity: Int) {
        var size = 16
        while size < capacity * 2 { size *= 2 }
        slots = [UInt32](repeating: 0, count: size)
        ends.reserveCapacity(capacity + 1)
        ids.reserveCapacity(capacity)
        entryByID.reserveCapacity(capacity)
    }

    var count: Int { ids.count }

    /// Adds a token; false where its text or its id is there already, or where the texts together are too long.
    mutating func insert(_ text: Bytes, id: Int32) -> InsertResult {
        let place = slot(of: text)
        guard slots[place] == 0 else { return .textTaken }
        let entry = UInt32(ids.count)
        guard block.count + text.count <= Int(UInt32.max) else { return .tooLong }
        if let other = entryByID.updateValue(entry, forKey: id) {
            entryByID[id] = other
            return .idTaken(by: self.text(entry: Int(other)))
        }
        slots[place] = entry + 1
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
        let entry = slots[slot(of: text)]
        return entry == 0 ? nil : ids[Int(entry - 1)]
    }

    /// The id of a text.
    func id(of text: String) -> Int32? {
        var text = text
        return text.withUTF8 { id(of: $0) }
    }

    /// The text of an id.
    func text(id: Int32) -> String? { entryByID[id].map { text(entry: Int($0)) } }

    private func text(entry: Int) -> String {
        String(decoding: block[Int(ends[entry])..<Int(ends[entry + 1])], as: UTF8.self)
    }

    /// The place that holds the text, or the free one where it would go.
    private func slot(of text: Bytes) -> Int {
        let mask = slots.count - 1
        var place = Int(truncatingIfNeeded: hash(text)) & mask
        while slots[place] != 0, !holds(Int(slots[place] - 1), text) { place = (place + 1) & mask }
        return place
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
        slots = [UInt32](repeating: 0, count: slots.count * 2)
        for entry in ids.indices {
            let place = block[Int(ends[entry])..<Int(ends[entry + 1])].withUnsafeBufferPointer {
                slot(of: $0)
            }
            slots[place] = UInt32(entry + 1)
        }
    }
}
