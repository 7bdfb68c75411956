import Platform

/// An order of examples that depends on what they say and not on where they stand in the file.
enum ContentOrder {
    /// The examples' places, ascending by text bytes, then label, then group (none first), then place.
    static func sorted(_ examples: [Example]) -> [Int] {
        // Eight leading bytes decide nearly every comparison without touching the text.
        var entries = examples.indices.map { Entry(prefix: prefix(of: examples[$0].text), place: $0) }
        entries.sort { left, right in
            if left.prefix != right.prefix { return left.prefix < right.prefix }
            return precedes(examples[left.place], left.place, examples[right.place], right.place)
        }
        return entries.map(\.place)
    }

    private struct Entry {
        let prefix: UInt64
        let place: Int
    }

    private static func prefix(of text: String) -> UInt64 {
        var value: UInt64 = 0
        var count = 0
        for byte in text.utf8.prefix(8) {
            value = value << 8 | UInt64(byte)
            count += 1
        }
        return count == 0 ? 0 : value << UInt64(8 * (8 - count))
    }

    private static func precedes(_ left: Example, _ leftPlace: Int, _ right: Example, _ rightPlace: Int)
        -> Bool
    {
        let (leftText, rightText) = (UTF8Key(left.text), UTF8Key(right.text))
        if leftText != rightText { return leftText < rightText }
        if left.label != right.label {
            return left.label.indices.lexicographicallyPrecedes(right.label.indices)
        }
        switch (left.group, right.group) {
        case (nil, nil): return leftPlace < rightPlace
        case (nil, _): return true
        case (_, nil): return false
        case (let leftGroup?, let rightGroup?):
            let (leftKey, rightKey) = (UTF8Key(leftGroup), UTF8Key(rightGroup))
            return leftKey == rightKey ? leftPlace < rightPlace : leftKey < rightKey
        }
    }
}
