import Platform

/// The hashes of the texts that a model was trained on. An evaluation reports which of its rows are among them.
///
/// A hash is the first eight bytes of the SHA-256 of the text's UTF-8: a false match among a million texts has odds
/// of about one in ten million, and the texts cannot be recovered from it.
public struct TrainingTexts: Sendable, Hashable {
    /// The hashes, ascending, each once.
    private let keys: [UInt64]

    /// The texts of the training side of a split.
    public init(of split: DatasetSplit, in dataset: ClassifyDataset) {
        keys = Self.unique(split.train.map { dataset.textKeys[$0] })
    }

    /// The number of different texts.
    public var count: Int { keys.count }

    /// Whether a text was trained on.
    public func contains(_ text: String) -> Bool { contains(key: TextKey.key(of: text)) }

    /// These texts and others.
    public func union(_ other: TrainingTexts) -> TrainingTexts {
        TrainingTexts(keys: Self.unique(keys + other.keys))
    }

    private init(keys: [UInt64]) { self.keys = keys }

    /// The lines of those of some rows of a corpus that were trained on.
    public func lines(in dataset: ClassifyDataset, of indices: [Int]) -> [Int] {
        indices.filter { contains(key: dataset.textKeys[$0]) }.map { dataset.examples[$0].line }
    }

    /// The lines of the rows of a corpus that were trained on.
    public func lines(in dataset: ClassifyDataset) -> [Int] {
        dataset.examples.indices.filter { contains(key: dataset.textKeys[$0]) }.map {
            dataset.examples[$0].line
        }
    }

    /// The hashes as sixteen hexadecimal digits each, ascending, without separators.
    public var hexadecimal: String {
        Hexadecimal.text(
            keys.flatMap { key in (0..<8).map { UInt8(truncatingIfNeeded: key >> (56 - 8 * $0)) } })
    }

    /// Reads `hexadecimal` back; nil if the text is invalid.
    public init?(hexadecimal: String) {
        let digits = hexadecimal.utf8
        guard digits.count % 16 == 0 else { return nil }
        var keys: [UInt64] = []
        keys.reserveCapacity(digits.count / 16)
        var key: UInt64 = 0
        for (position, digit) in digits.enumerated() {
            let value: UInt8
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = digit - UInt8(ascii: "a") + 10
            default: return nil
            }
            key = key << 4 | UInt64(value)
            if position % 16 == 15 {
                if let last = keys.last, key <= last { return nil }
                keys.append(key)
                key = 0
            }
        }
        self.keys = keys
    }

    private static func unique(_ keys: [UInt64]) -> [UInt64] {
        var result: [UInt64] = []
        for key in keys.sorted() where key != result.last { result.append(key) }
        return result
    }

    private func contains(key: UInt64) -> Bool {
        var (low, high) = (0, keys.count)
        while low < high {
            let middle = low + (high - low) / 2
            if keys[middle] < key { low = middle + 1 } else { high = middle }
        }
        return low < keys.count && keys[low] == key
    }
}
