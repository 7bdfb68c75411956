import Platform

/// The names of the classes; a class's index is its position.
///
/// Names are compared by their bytes.
public struct LabelMap: Sendable {
    /// The largest number of classes that a corpus may have.
    ///
    /// More are a sign of the wrong label column.
    public static let maximumCount = 65_536

    /// The names in the order of their indices.
    public let names: [String]
    private let ids: [UTF8Key: Int]

    /// A map of these names in this order, or nil if a name is empty or repeated.
    public init?(names: [String]) {
        var ids: [UTF8Key: Int] = [:]
        ids.reserveCapacity(names.count)
        for (id, name) in names.enumerated() {
            guard !name.isEmpty, ids.updateValue(id, forKey: UTF8Key(name)) == nil else { return nil }
        }
        self.names = names
        self.ids = ids
    }

    /// The map for numbered classes without names: `LABEL_0`, `LABEL_1`, … as in HuggingFace.
    public init(numbered count: Int) {
        let names = (0..<max(0, count)).map { "LABEL_\($0)" }
        self.names = names
        ids = Dictionary(uniqueKeysWithValues: names.enumerated().map { (UTF8Key($1), $0) })
    }

    /// The map for string labels: the names in ascending order of their bytes, or in numeric order when each is a
    /// decimal number, so that "10" follows "9".
    init(sorting names: some Sequence<String>) {
        var keys = names.map(UTF8Key.init)
        keys.sort()
        let numbers = keys.map { LabelMap.number($0.text) }
        if numbers.allSatisfy({ $0 != nil }) {
            keys = zip(numbers, keys).sorted { ($0.0 ?? 0) < ($1.0 ?? 0) }.map(\.1)
        }
        self.names = keys.map(\.text)
        ids = Dictionary(uniqueKeysWithValues: keys.enumerated().map { ($1, $0) })
    }

    /// The number of classes.
    public var count: Int { names.count }

    /// The index of a class, or nil when no class has this name.
    public func id(of name: String) -> Int? { ids[UTF8Key(name)] }

    /// The name of a class.
    public subscript(id: Int) -> String { names[id] }

    /// The number that a label spells in canonical form (no sign, no leading zero), if it does.
    static func number(_ text: String) -> Int? {
        guard let value = Int(text), value >= 0, String(value).utf8.elementsEqual(text.utf8) else {
            return nil
        }
        return value
    }
}

extension LabelMap: Equatable {
    public static func == (left: LabelMap, right: LabelMap) -> Bool {
        left.names.elementsEqual(right.names) { $0.utf8.elementsEqual($1.utf8) }
    }
}
