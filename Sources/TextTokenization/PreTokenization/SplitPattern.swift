/// The pattern of a splitting pre-tokenizer.
enum SplitPattern: Sendable, Hashable {
    /// One of the known regular expressions.
    case words(WordPattern)
    /// A fixed text.
    case literal(Literal)
    /// Each single scalar of a class.
    case scalars(ScalarClassMask)
    /// Runs of word scalars and runs of scalars that are neither word nor space: `\w+|[^\w\s]+`.
    case wordRuns

    /// A hashable stand-in for `ScalarClass`.
    struct ScalarClassMask: Sendable, Hashable {
        let bits: UInt8

        init(_ kind: ScalarClass) { bits = kind.rawValue }

        var kind: ScalarClass { ScalarClass(rawValue: bits) }
    }

    /// A part of the text, and whether the pattern matched it.
    struct Match {
        var start: Int
        var end: Int
        var isMatch: Bool
    }

    /// The matches and the gaps between them, in order, covering a text that is not empty.
    func matches(in bytes: Bytes) -> [Match] {
        if case .literal(let text) = self { return Self.matches(of: text, in: bytes) }
        var found: [Match] = []
        var gapStart = 0
        var index = 0
        while index < bytes.count {
            let end = matchEnd(in: bytes, at: index)
            guard end > index else {
                index += utf8Length(first: bytes[index])
                continue
            }
            if gapStart < index { found.append(Match(start: gapStart, end: index, isMatch: false)) }
            found.append(Match(start: index, end: end, isMatch: true))
            gapStart = end
            index = end
        }
        if gapStart < bytes.count { found.append(Match(start: gapStart, end: bytes.count, isMatch: false)) }
        return found
    }

    private static func matches(of text: Literal, in bytes: Bytes) -> [Match] {
        var found: [Match] = []
        var index = 0
        while let start = text.firstMatch(in: bytes, from: index) {
            if index < start { found.append(Match(start: index, end: start, isMatch: false)) }
            index = start + text.bytes.count
            found.append(Match(start: start, end: index, isMatch: true))
        }
        if index < bytes.count { found.append(Match(start: index, end: bytes.count, isMatch: false)) }
        return found
    }

    /// The end of the match that starts at `index`, or `index` if there is none.
    private func matchEnd(in bytes: Bytes, at index: Int) -> Int {
        switch self {
        case .words(let pattern):
            return pattern.end(in: bytes, from: index)
        case .literal(let text):
            return bytes.matches(text.bytes, at: index) ? index + text.bytes.count : index
        case .scalars(let mask):
            let (scalar, length) = bytes.scalar(at: index)
            return ScalarClasses.table[scalar].contains(mask.kind) ? index + length : index
        case .wordRuns:
            let isWord = Self.wordKind(bytes.scalar(at: index).value)
            guard let isWord else { return index }
            var end = index
            while end < bytes.count {
                let (scalar, length) = bytes.scalar(at: end)
                guard Self.wordKind(scalar) == isWord else { break }
                end += length
            }
            return end
        }
    }

    /// Whether a scalar belongs to a word; nil for white space.
    private static func wordKind(_ scalar: UInt32) -> Bool? {
        let kind = ScalarClasses.table[scalar]
        if kind.contains(.word) { return true }
        return kind.contains(.space) ? nil : false
    }
}

/// How a splitting pre-tokenizer treats matches.
enum SplitBehavior: String, Sendable, CaseIterable {
    case removed = "Removed"
    case isolated = "Isolated"
    case mergedWithPrevious = "MergedWithPrevious"
    case mergedWithNext = "MergedWithNext"
    case contiguous = "Contiguous"

    /// The pieces made of matches and gaps.
    func pieces(of matches: [SplitPattern.Match]) -> [SplitPattern.Match] {
        switch self {
        case .isolated:
            return matches
        case .removed:
            return matches.filter { !$0.isMatch }
        case .contiguous:
            return joined(matches) { isMatch, previous in isMatch == previous }
        case .mergedWithPrevious:
            return joined(matches) { isMatch, previous in isMatch && !previous }
        case .mergedWithNext:
            return joinedFromTheEnd(matches)
        }
    }

    private func joined(
        _ matches: [SplitPattern.Match], where joins: (_ isMatch: Bool, _ previous: Bool) -> Bool
    ) -> [SplitPattern.Match] {
        var pieces: [SplitPattern.Match] = []
        var previous = false
        for match in matches {
            if !pieces.isEmpty, joins(match.isMatch, previous) {
                pieces[pieces.count - 1].end = match.end
            } else {
                pieces.append(match)
            }
            previous = match.isMatch
        }
        return pieces
    }

    private func joinedFromTheEnd(_ matches: [SplitPattern.Match]) -> [SplitPattern.Match] {
        var pieces: [SplitPattern.Match] = []
        var previous = false
        for match in matches.reversed() {
            if !pieces.isEmpty, match.isMatch, !previous {
                pieces[pieces.count - 1].start = match.start
            } else {
                pieces.append(match)
            }
            previous = match.isMatch
        }
        return pieces.reversed()
    }
}
