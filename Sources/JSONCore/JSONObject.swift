/// The members of a JSON object, in the order of the document.
///
/// Look-up is linear for small objects and hashed from `indexThreshold` members on, so that a vocabulary of
/// 150,000 entries and a config of ten are both cheap.
public struct JSONObject: Sendable {
    /// One member of an object.
    public struct Member: Sendable, Hashable {
        /// The member's name.
        public let key: String
        /// The member's value.
        public var value: JSONValue
    }

    private static let indexThreshold = 16

    /// The members in document order, each key once.
    public private(set) var members: [Member]
    private var index: [JSONKey: Int]?

    /// An empty object.
    public init() { members = [] }

    /// An object of these members; a key given twice keeps its first position and its last value.
    public init(_ pairs: [(String, JSONValue)]) {
        self.init()
        members.reserveCapacity(pairs.count)
        for (key, value) in pairs { self[key] = value }
    }

    /// An object of members whose keys the parser has made unique.
    init(unique members: [Member], index: [JSONKey: Int]?) {
        self.members = members
        self.index = index
    }

    /// The number of members.
    public var count: Int { members.count }
    /// Whether there is no member.
    public var isEmpty: Bool { members.isEmpty }
    /// The keys in order.
    public var keys: [String] { members.map(\.key) }

    /// The value of a member; assigning nil removes it, assigning to a new key appends it.
    public subscript(key: String) -> JSONValue? {
        get { position(of: key).map { members[$0].value } }
        set {
            switch (position(of: key), newValue) {
            case (let position?, let value?):
                members[position].value = value
            case (let position?, nil):
                members.remove(at: position)
                index = nil
                buildIndexIfLarge()
            case (nil, let value?):
                members.append(Member(key: key, value: value))
                if index != nil { index?[JSONKey(key)] = members.count - 1 } else { buildIndexIfLarge() }
            case (nil, nil):
                break
            }
        }
    }

    private func position(of key: String) -> Int? {
        if let index { return index[JSONKey(key)] }
        return members.firstIndex { $0.key.utf8.elementsEqual(key.utf8) }
    }

    private mutating func buildIndexIfLarge() {
        guard members.count >= Self.indexThreshold else { return }
        index = JSONKey.index(of: members)
    }
}

/// A key compared by its bytes.
///
/// `String` compares by canonical equivalence, under which the two spellings of "é" are one key; in a vocabulary
/// they are two tokens.
struct JSONKey: Hashable {
    private let text: String

    init(_ text: String) { self.text = text }

    static func == (left: JSONKey, right: JSONKey) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

    func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }

    static func index(of members: [JSONObject.Member]) -> [JSONKey: Int] {
        var index: [JSONKey: Int] = [:]
        index.reserveCapacity(members.count * 2)
        for (position, member) in members.enumerated() { index[JSONKey(member.key)] = position }
        return index
    }
}

extension JSONObject: Hashable {
    public static func == (left: JSONObject, right: JSONObject) -> Bool { left.members == right.members }
    public func hash(into hasher: inout Hasher) { hasher.combine(members) }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self.init(elements) }
}

extension JSONObject: Sequence {
    public func makeIterator() -> IndexingIterator<[Member]> { members.makeIterator() }
}

extension JSONObject {
    /// A member that is a whole number from 0 to `limit`.
    ///
    /// The limit is so high that no count of a real run reaches it, and so low that the products and sums of a few
    /// counts do not overflow.
    package func count(_ key: String, limit: Int = Int.countLimit) -> Int? { self[key]?.int(in: 0...limit) }
}
