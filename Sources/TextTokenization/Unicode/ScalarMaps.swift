/// A map from a scalar to one or more others, with binary search.
struct ScalarMap: Sendable {
    private var keys: [UInt32] = []
    private var starts: [UInt32] = []
    private var values: [UInt32] = []

    init(_ text: StaticString) {
        var data = PackedData(text)
        var key = 0
        for _ in 0..<data.integer() {
            key += data.integer()
            keys.append(UInt32(key))
            starts.append(UInt32(values.count))
            for _ in 0..<data.integer() { values.append(UInt32(data.integer())) }
        }
        starts.append(UInt32(values.count))
    }

    /// The scalars that a scalar maps to; nil if it does not change.
    subscript(scalar: UInt32) -> ArraySlice<UInt32>? {
        var low = 0
        var high = keys.count
        while low < high {
            let middle = (low + high) / 2
            if keys[middle] < scalar { low = middle + 1 } else { high = middle }
        }
        guard low < keys.count, keys[low] == scalar else { return nil }
        return values[Int(starts[low])..<Int(starts[low + 1])]
    }
}

/// The pairs of scalars that compose to one.
struct CompositionMap: Sendable {
    private var pairs: [UInt64] = []
    private var composites: [UInt32] = []

    init(_ text: StaticString) {
        var data = PackedData(text)
        for _ in 0..<data.integer() {
            let first = data.integer()
            pairs.append(UInt64(first) << 32 | UInt64(data.integer()))
            composites.append(UInt32(data.integer()))
        }
    }

    subscript(first: UInt32, second: UInt32) -> UInt32? {
        let pair = UInt64(first) << 32 | UInt64(second)
        var low = 0
        var high = pairs.count
        while low < high {
            let middle = (low + high) / 2
            if pairs[middle] < pair { low = middle + 1 } else { high = middle }
        }
        return low < pairs.count && pairs[low] == pair ? composites[low] : nil
    }
}

/// The maps, decoded when first needed: most texts need none of them.
enum ScalarMaps {
    static let canonical = ScalarMap(UnicodeData.canonical)
    static let compatible = ScalarMap(UnicodeData.compatible)
    static let combiningOrder = ScalarMap(UnicodeData.combiningOrder)
    static let compositions = CompositionMap(UnicodeData.compositions)
    static let lowercase = ScalarMap(UnicodeData.lowercase)
}
