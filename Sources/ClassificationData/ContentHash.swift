import Crypto
import Platform

/// The hash that identifies the content of a corpus.
///
/// SHA-256 over the examples sorted by text and label, so that the order of the file does not matter but repeated
/// rows do. Each example contributes its text in UTF-8, one zero byte, and its class index as eight bytes
/// little-endian. For single-label corpora without groups that is exactly the `data_hash` of the format's originator.
/// A multi-label example has the byte 1 instead of the zero, then the number of its classes and their ascending
/// indices, eight bytes each. A group, which the originator does not know, adds the byte 2 and the SHA-256 of its
/// UTF-8.
enum ContentHash {
    static func hash(_ examples: [Example], order: [Int]) -> String {
        var digest = SHA256()
        var buffer: [UInt8] = []
        for index in order {
            let example = examples[index]
            buffer.append(contentsOf: example.text.utf8)
            switch example.label {
            case .index(let label):
                buffer.append(0)
                append(label, to: &buffer)
            case .multi(let labels):
                buffer.append(1)
                append(labels.count, to: &buffer)
                for label in labels { append(label, to: &buffer) }
            }
            if let group = example.group {
                buffer.append(2)
                buffer.append(contentsOf: SHA256.hash(data: Array(group.utf8)))
            }
            if buffer.count >= 1 << 16 {
                buffer.withUnsafeBytes { digest.update(bufferPointer: $0) }
                buffer.removeAll(keepingCapacity: true)
            }
        }
        buffer.withUnsafeBytes { digest.update(bufferPointer: $0) }
        return "sha256:" + Hexadecimal.text(digest.finalize())
    }

    private static func append(_ value: Int, to buffer: inout [UInt8]) {
        withUnsafeBytes(of: UInt64(value).littleEndian) { buffer.append(contentsOf: $0) }
    }
}

/// The key that identifies a text.
enum TextKey {
    /// The first eight bytes of the SHA-256 of the text's UTF-8, read big-endian.
    static func key(of text: String) -> UInt64 {
        var text = text
        var digest = SHA256()
        text.withUTF8 { digest.update(bufferPointer: UnsafeRawBufferPointer($0)) }
        return digest.finalize().withUnsafeBytes { UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self)) }
    }
}

/// An order of examples that depends on their content and not on the order of the file.
enum ContentOrder {
    /// The examples' indices, ascending by text bytes, then label, then group (none first), then index.
    static func sorted(_ examples: [Example]) -> [Int] {
        // Eight leading bytes decide nearly every comparison without reading the text.
        var entries = examples.indices.map { Entry(prefix: prefix(of: examples[$0].text), index: $0) }
        entries.sort { left, right in
            if left.prefix != right.prefix { return left.prefix < right.prefix }
            return precedes(examples[left.index], left.index, examples[right.index], right.index)
        }
        return entries.map(\.index)
    }

    private struct Entry {
        let prefix: UInt64
        let index: Int
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

    private static func precedes(_ left: Example, _ leftIndex: Int, _ right: Example, _ rightIndex: Int)
        -> Bool
    {
        let (leftText, rightText) = (UTF8Key(left.text), UTF8Key(right.text))
        if leftText != rightText { return leftText < rightText }
        if left.label != right.label {
            return left.label.indices.lexicographicallyPrecedes(right.label.indices)
        }
        switch (left.group, right.group) {
        case (nil, nil): return leftIndex < rightIndex
        case (nil, _): return true
        case (_, nil): return false
        case (let leftGroup?, let rightGroup?):
            let (leftKey, rightKey) = (UTF8Key(leftGroup), UTF8Key(rightGroup))
            return leftKey == rightKey ? leftIndex < rightIndex : leftKey < rightKey
        }
    }
}
