/// The regular expressions with which byte-level tokenizers cut text into words, as hand-written scanners.
///
/// Their matches cover every position of a text, so a scan is a sequence of ends without gaps. The order of
/// preference is contractions, letters, numbers, other symbols, white space.
struct WordPattern: Sendable, Hashable {
    /// How a run of numbers is cut.
    enum Numbers: Sendable, Hashable {
        /// Any length, with a space before it: `?\p{N}+`.
        case withSpace
        /// At most this many: `\p{N}{1,n}`.
        case upTo(Int)
    }

    let numbers: Numbers
    /// Whether contractions ignore case, any symbol may lead a word, and line ends belong to the symbols before them.
    let isModern: Bool

    static let gpt2 = WordPattern(numbers: .withSpace, isModern: false)
    static let llama3 = WordPattern(numbers: .upTo(3), isModern: true)
    static let qwen2 = WordPattern(numbers: .upTo(1), isModern: true)

    /// The pattern of a file's regular expression; nil if it is not a known one.
    static func recognized(_ regex: String) -> WordPattern? {
        let known: [(String, WordPattern)] = [
            (gpt2Expression, .gpt2),
            (modernExpression(numbers: #"\p{N}{1,3}"#), .llama3),
            (modernExpression(numbers: #"\p{N}"#), .qwen2),
            (modernExpression(numbers: #"\p{N}{1}"#), .qwen2),
        ]
        return known.first { $0.0.utf8.elementsEqual(regex.utf8) }?.1
    }

    private static let gpt2Expression =
        #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#

    private static func modernExpression(numbers: String) -> String {
        #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"# + numbers
            + #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    }
}

extension WordPattern {
    private static let carriageReturn = UInt32(0x0D)
    private static let lineFeed = UInt32(0x0A)
    private static let content: ScalarClass = [.space, .letter, .number]

    /// The end of the word that starts at `start`, which must lie before the end of `bytes`.
    func end(in bytes: Bytes, from start: Int) -> Int {
        let classes = ScalarClasses.table
        let (first, firstLength) = bytes.scalar(at: start)
        if first == 0x27, let end = contractionEnd(bytes, start) { return end }
        let kind = classes[first]
        let next = start + firstLength
        if kind.contains(.letter) { return Self.runEnd(of: .letter, bytes, next, classes) }
        if kind.contains(.number) { return numberEnd(bytes, next, classes) }

        // The optional leading scalar of a word: a space, or in the modern patterns any symbol but a line end.
        let isSpaceByte = first == 0x20
        let isLineEnd = first == Self.lineFeed || first == Self.carriageReturn
        if next < bytes.count, isModern ? !isLineEnd : isSpaceByte {
            let following = classes[bytes.scalar(at: next).value]
            if following.contains(.letter) { return Self.runEnd(of: .letter, bytes, next, classes) }
            if case .withSpace = numbers, following.contains(.number) {
                return Self.runEnd(of: .number, bytes, next, classes)
            }
            if isSpaceByte, following.isDisjoint(with: Self.content) {
                return symbolEnd(bytes, next, classes)
            }
        }
        if kind.isDisjoint(with: Self.content) { return symbolEnd(bytes, next, classes) }
        return spaceEnd(bytes, start, classes)
    }

    @inline(__always)
    private static func runEnd(
        of kind: ScalarClass, _ bytes: Bytes, _ start: Int, _ classes: ScalarClasses
    ) -> Int {
        var index = start
        while index < bytes.count {
            let (scalar, length) = bytes.scalar(at: index)
            guard classes[scalar].contains(kind) else { break }
            index += length
        }
        return index
    }

    private func numberEnd(_ bytes: Bytes, _ start: Int, _ classes: ScalarClasses) -> Int {
        guard case .upTo(let limit) = numbers else { return Self.runEnd(of: .number, bytes, start, classes) }
        var index = start
        var count = 1
        while count < limit, index < bytes.count {
            let (scalar, length) = bytes.scalar(at: index)
            guard classes[scalar].contains(.number) else { break }
            index += length
            count += 1
        }
        return index
    }

    /// `[^\s\p{L}\p{N}]+`, in the modern patterns with the line ends after it.
    private func symbolEnd(_ bytes: Bytes, _ start: Int, _ classes: ScalarClasses) -> Int {
        var index = start
        while index < bytes.count {
            let (scalar, length) = bytes.scalar(at: index)
            guard classes[scalar].isDisjoint(with: Self.content) else { break }
            index += length
        }
        guard isModern else { return index }
        while index < bytes.count, bytes[index] == 0x0A || bytes[index] == 0x0D { index += 1 }
        return index
    }

    /// `\s*[\r\n]+|\s+(?!\S)|\s+`: up to the last line end of the run, else all but the last space before a word.
    private func spaceEnd(_ bytes: Bytes, _ start: Int, _ classes: ScalarClasses) -> Int {
        var index = start
        var last = start
        var lastLineEnd: Int?
        while index < bytes.count {
            let (scalar, length) = bytes.scalar(at: index)
            guard classes[scalar].contains(.space) else { break }
            last = index
            index += length
            if scalar == Self.lineFeed || scalar == Self.carriageReturn { lastLineEnd = index }
        }
        if isModern, let lastLineEnd { return lastLineEnd }
        return index == bytes.count || last == start ? index : last
    }

    /// `'s|'t|'re|'ve|'m|'ll|'d`; if case is ignored, U+017F matches an s, as in Unicode case folding.
    private func contractionEnd(_ bytes: Bytes, _ start: Int) -> Int? {
        guard start + 1 < bytes.count else { return nil }
        let fold: UInt8 = isModern ? 0x20 : 0
        let first = bytes[start + 1]
        if isModern, first == 0xC5, bytes[start + 2] == 0xBF { return start + 3 }
        guard first < 0x80 else { return nil }
        let second = start + 2 < bytes.count && bytes[start + 2] < 0x80 ? bytes[start + 2] | fold : 0
        switch (first | fold, second) {
        case (UInt8(ascii: "s"), _), (UInt8(ascii: "t"), _), (UInt8(ascii: "m"), _), (UInt8(ascii: "d"), _):
            return start + 2
        case (UInt8(ascii: "r"), UInt8(ascii: "e")), (UInt8(ascii: "v"), UInt8(ascii: "e")),
            (UInt8(ascii: "l"), UInt8(ascii: "l")):
            return start + 3
        default:
            return nil
        }
    }
}
