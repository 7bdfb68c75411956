import Crypto

/// The hash that says whether two corpora are the same data.
///
/// SHA-256 over the examples sorted by text and label, so that the order of the file does not matter and repeated
/// rows do. Each example contributes its text in UTF-8, one zero byte, and its class index as eight bytes little-endian:
/// for single-label corpora without groups exactly the `data_hash` of the format's originator. A multi-label example has the byte 1 in
/// place of the zero, then the number of its classes and their ascending indices, eight bytes each. A group, which
/// the originator does not know, adds the byte 2 and the SHA-256 of its UTF-8.
enum ContentHash {
    static func hash(_ examples: [Example], order: [Int]) -> String {
        var digest = SHA256()
        var buffer: [UInt8] = []
        for place in order {
            let example = examples[place]
            buffer.append(contentsOf: example.text.utf8)
            switch example.label {
            case .index(let index):
                buffer.append(0)
                append(index, to: &buffer)
            case .multi(let indices):
                buffer.append(1)
                append(indices.count, to: &buffer)
                for index in indices { append(index, to: &buffer) }
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
        return "sha256:" + hex(digest.finalize())
    }

    static func hex(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func append(_ value: Int, to buffer: inout [UInt8]) {
        withUnsafeBytes(of: UInt64(value).littleEndian) { buffer.append(contentsOf: $0) }
    }
}

/// What a text is recognised by.
enum TextKey {
    /// The first eight bytes of the SHA-256 of the text's UTF-8, read big-endian.
    static func key(of text: String) -> UInt64 {
        var text = text
        var digest = SHA256()
        text.withUTF8 { digest.update(bufferPointer: UnsafeRawBufferPointer($0)) }
        return digest.finalize().withUnsafeBytes { UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self)) }
    }
}
