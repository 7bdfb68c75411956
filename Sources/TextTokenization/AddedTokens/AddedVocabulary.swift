/// The added tokens of a tokenizer, at which it cuts texts.
struct AddedVocabulary: Sendable {
    private var idByContent: [[UInt8]: Int32] = [:]
    private var tokenByID: [Int32: AddedToken] = [:]
    private var rawMatcher: TokenMatcher?
    private var normalizedMatcher: TokenMatcher?
    /// The added tokens that the model's vocabulary does not have.
    private(set) var extraCount = 0

    /// A piece of text, with its id if it is an added token.
    struct Segment {
        var start: Int
        var end: Int
        var id: Int32?
    }

    init() {}

    /// Adds the tokens in the order of the file.
    ///
    /// As in the reference, a token's id is the vocabulary's, or else the next free id from the size of the
    /// vocabulary; the id in the file is ignored.
    init(_ tokens: [AddedToken], vocabulary: VocabularyTable, normalizer: Normalizer) throws(TokenizerError) {
        try Self.checkLengths(tokens)
        var nextID = Int32(clamping: vocabulary.count)
        var order: [Int32] = []
        for token in tokens where !token.content.isEmpty {
            let known =
                idByContent[token.content] ?? token.content.withUnsafeBufferPointer { vocabulary.id(of: $0) }
            let id = known ?? nextID
            if known == nil {
                guard nextID < .max else {
                    throw TokenizerError(.idOutOfRange("\(nextID)"), at: "added_tokens")
                }
                nextID += 1
                extraCount += 1
            }
            idByContent[token.content] = id
            if tokenByID.updateValue(token, forKey: id) == nil { order.append(id) }
        }
        let ordered = order.compactMap { id in tokenByID[id].map { (id: id, token: $0) } }
        rawMatcher = try Self.matcher(ordered.filter { !$0.token.isNormalized }, normalizer: Normalizer())
        normalizedMatcher = try Self.matcher(ordered.filter { $0.token.isNormalized }, normalizer: normalizer)
    }

    /// The longest added token, as it is written and as it is searched for.
    private static let lengthLimit = 256
    /// The length of all added tokens together.
    private static let totalLimit = 4 << 20

    private static func checkLengths(_ tokens: [AddedToken]) throws(TokenizerError) {
        var total = 0
        for token in tokens {
            try checkLength(token.content, of: token)
            total += token.content.count
        }
        guard total <= totalLimit else {
            throw TokenizerError(.addedTokensTooLong(limit: totalLimit), at: "added_tokens")
        }
    }

    private static func checkLength(_ text: [UInt8], of token: AddedToken) throws(TokenizerError) {
        guard text.count <= lengthLimit else {
            let start = String(decoding: token.content.prefix(40), as: UTF8.self)
            throw TokenizerError(.addedTokenTooLong(start, limit: lengthLimit), at: "added_tokens")
        }
    }

    private static func matcher(
        _ tokens: [(id: Int32, token: AddedToken)], normalizer: Normalizer
    ) throws(TokenizerError) -> TokenMatcher? {
        guard !tokens.isEmpty else { return nil }
        var patterns: [(text: [UInt8], id: Int32)] = []
        var seen: Set<[UInt8]> = []
        for (id, token) in tokens {
            var origin = 0
            let text =
                token.content.withUnsafeBufferPointer { normalizer.apply($0, origin: &origin) }
                ?? token.content
            let name = String(decoding: token.content, as: UTF8.self)
            guard !text.isEmpty else { throw TokenizerError(.emptyAddedToken(name), at: "added_tokens") }
            try checkLength(text, of: token)
            guard seen.insert(text).inserted else {
                throw TokenizerError(.duplicateAddedToken(name), at: "added_tokens")
            }
            patterns.append((text, id))
        }
        return TokenMatcher(patterns)
    }

    /// All tokens by rising id.
    var all: [(id: Int32, token: AddedToken)] {
        tokenByID.sorted { $0.key < $1.key }.map { (id: $0.key, token: $0.value) }
    }

    func id(of content: String) -> Int32? { idByContent[Array(content.utf8)] }

    func content(id: Int32) -> String? { tokenByID[id].map { String(decoding: $0.content, as: UTF8.self) } }

    /// Cuts the input at the tokens that are not normalized.
    func segments(raw bytes: Bytes) -> [Segment] { segments(bytes, rawMatcher) }

    /// Cuts normalized text at the normalized tokens.
    func segments(normalized bytes: Bytes) -> [Segment] { segments(bytes, normalizedMatcher) }

    private func segments(_ bytes: Bytes, _ matcher: TokenMatcher?) -> [Segment] {
        guard let matcher else { return [Segment(start: 0, end: bytes.count)] }
        let classes = ScalarClasses.table
        var segments: [Segment] = []
        var covered = 0
        var spaceEnd = 0
        var searchStart = 0
        var matches = matcher.matches(in: bytes)
        while let match = matches.popLast() {
            // The search goes on after a token, whatever comes of it.
            if match.start < searchStart { continue }
            searchStart = match.end
            guard let token = tokenByID[match.id] else { continue }
            var (start, end) = (match.start, match.end)
            if token.isSingleWord {
                if start > 0, classes[bytes.scalar(before: start).value].contains(.word) { continue }
                if end < bytes.count, classes[bytes.scalar(at: end).value].contains(.word) { continue }
            }
            if token.stripsLeft {
                while start > covered {
                    let (scalar, length) = bytes.scalar(before: start)
                    guard classes[scalar].contains(.space) else { break }
                    start -= length
                }
                start = Swift.max(start, covered)
            }
            if token.stripsRight {
                // White space that an earlier token has scanned is not scanned again. Otherwise a million line ends
                // would take quadratic time if a line end is a token that strips.
                end = Swift.max(end, spaceEnd)
                while end < bytes.count {
                    let (scalar, length) = bytes.scalar(at: end)
                    guard classes[scalar].contains(.space) else { break }
                    end += length
                }
                spaceEnd = end
            }
            if covered < start { segments.append(Segment(start: covered, end: start)) }
            // A match may lie inside the white space that belongs to the previous token. Then the two overlap, or
            // nothing is left of this one. If its ends cross, the reference fails, and this code drops it.
            if start < end { segments.append(Segment(start: start, end: end, id: match.id)) }
            covered = end
        }
        if covered < bytes.count { segments.append(Segment(start: covered, end: bytes.count)) }
        return segments
    }
}

/// A token that is recognised in the text itself, before the model sees it.
package struct AddedToken: Sendable, Equatable {
    package let content: [UInt8]
    /// Whether it matches only if it is not next to a word scalar.
    package var isSingleWord = false
    /// Whether it includes the white space before it.
    package var stripsLeft = false
    /// Whether it includes the white space after it.
    package var stripsRight = false
    /// Whether it is searched for in the normalized text, in normalized form.
    package var isNormalized = true
    package var isSpecial = false

    /// The token as text.
    package var text: String { String(decoding: content, as: UTF8.self) }
}
