/// A fixed text that is searched for, in time proportional to the text searched, whatever the two are.
struct Literal: Sendable, Hashable {
    /// The text, not empty.
    let bytes: [UInt8]
    /// For each prefix, how much of its end is also its beginning (Knuth, Morris and Pratt); empty for short texts, which
    /// are compared at every position.
    private let borders: [Int32]

    private static let shortLimit = 16

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        borders = bytes.count > Self.shortLimit ? Self.borders(bytes) : []
    }

    private static func borders(_ bytes: [UInt8]) -> [Int32] {
        var borders = [Int32](repeating: 0, count: bytes.count)
        var length = 0
        for index in 1..<bytes.count {
            while length > 0, bytes[index] != bytes[length] { length = Int(borders[length - 1]) }
            if bytes[index] == bytes[length] { length += 1 }
            borders[index] = Int32(length)
        }
        return borders
    }

    /// Where the first occurrence that starts at `start` or later starts.
    func firstMatch(in text: Bytes, from start: Int) -> Int? {
        guard text.count - start >= bytes.count else { return nil }
        return borders.isEmpty ? compare(text, from: start) : scan(text, from: start)
    }

    private func compare(_ text: Bytes, from start: Int) -> Int? {
        let first = bytes[0]
        for index in start...(text.count - bytes.count) where text[index] == first {
            if text.matches(bytes, at: index) { return index }
        }
        return nil
    }

    private func scan(_ text: Bytes, from start: Int) -> Int? {
        var length = 0
        for index in start..<text.count {
            while length > 0, text[index] != bytes[length] { length = Int(borders[length - 1]) }
            if text[index] == bytes[length] { length += 1 }
            if length == bytes.count { return index + 1 - length }
        }
        return nil
    }

    /// A text with every occurrence replaced, from the left, without overlap; nil if there is none.
    ///
    /// - Parameter origin: as in `Normalizer.apply`.
    func replaced(in text: Bytes, by replacement: [UInt8], origin: inout Int) -> [UInt8]? {
        guard var match = firstMatch(in: text, from: 0) else { return nil }
        var output: [UInt8] = []
        output.reserveCapacity(text.count + text.count / 4)
        var index = 0
        var newOrigin = 0
        while true {
            if index <= origin { newOrigin = output.count + Swift.min(origin, match) - index }
            output.append(contentsOf: text[index..<match])
            guard match < text.count else { break }
            output += replacement
            index = match + bytes.count
            if index <= origin { newOrigin = output.count }
            match = firstMatch(in: text, from: index) ?? text.count
        }
        origin = newOrigin
        return output
    }
}
