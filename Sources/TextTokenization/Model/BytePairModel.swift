/// A byte-pair encoding model: looks up a piece's scalars or bytes and merges them.
struct BytePairModel: Sendable {
    let vocabulary: VocabularyTable
    private let merges: MergeTable
    private let ignoresMerges: Bool
    private let fusesUnknown: Bool
    private let unknownID: Int32?
    /// The tokens `<0x00>` to `<0xFF>` if scalars may fall back to their bytes; -1 for a missing one.
    private let fallbackIDs: [Int32]?
    /// The tokens of the 256 bytes in the byte-level alphabet; nil if the vocabulary lacks any of them.
    private let byteIDs: [Int32]?
    /// The tokens of the ASCII scalars, -1 for a missing one: faster than the table.
    private let asciiIDs: [Int32]
    /// The token of U+2581, every word's first scalar in models without bytes: also faster than the table.
    private let markID: Int32?
    /// The same if a text may be cut before it; nil if a merge crosses that boundary.
    private let cutID: Int32?

    /// The mark that replaces a space in SentencePiece models.
    private static let mark: [UInt8] = Array("\u{2581}".utf8)

    init(
        vocabulary: VocabularyTable, merges: MergeTable, ignoresMerges: Bool, fusesUnknown: Bool,
        unknownID: Int32?, fallsBackToBytes: Bool
    ) {
        self.vocabulary = vocabulary
        self.merges = merges
        self.ignoresMerges = ignoresMerges
        self.fusesUnknown = fusesUnknown
        self.unknownID = unknownID
        fallbackIDs = fallsBackToBytes ? Self.fallbackTokens(vocabulary) : nil
        byteIDs = Self.byteTokens(vocabulary)
        asciiIDs = (UInt8(0)..<128).map { vocabulary.id(of: String(Unicode.Scalar($0))) ?? -1 }
        markID = Self.mark.withUnsafeBufferPointer { vocabulary.id(of: $0) }
        cutID = byteIDs == nil ? Self.cutToken(vocabulary, merges, unknownID) : nil
    }

    /// Determines whether words that begin with the mark can be encoded one by one.
    ///
    /// They can if only a run of marks merges with a token that begins with a mark. Such tokenizers have no
    /// pre-tokenizer, and encoding a whole text as one piece takes several times as long.
    private static func cutToken(_ vocabulary: VocabularyTable, _ merges: MergeTable, _ unknownID: Int32?)
        -> Int32?
    {
        func beginsWithMark(_ id: Int32) -> Bool { vocabulary.withBytes(id: id) { $0.matches(mark, at: 0) } }
        func endsWithMark(_ id: Int32) -> Bool {
            vocabulary.withBytes(id: id) {
                $0.count >= mark.count && $0.matches(mark, at: $0.count - mark.count)
            }
        }
        guard let id = mark.withUnsafeBufferPointer({ vocabulary.id(of: $0) }),
            unknownID.map({ !endsWithMark($0) }) ?? true,
            merges.noMerge(satisfies: { left, right in beginsWithMark(right) && !endsWithMark(left) })
        else { return nil }
        return id
    }

    /// Whether it only merges: nothing is unknown, and no word is looked up whole.
    var isPlain: Bool { !ignoresMerges && !fusesUnknown && unknownID == nil && fallbackIDs == nil }

    /// Whether pieces of a byte-level pre-tokenizer may be passed as raw bytes: every byte is a token, so the written
    /// form is not needed.
    var takesRawBytes: Bool { byteIDs != nil }

    /// Encodes a piece of text.
    func encode(text: Bytes, into sink: inout TokenSink) {
        if ignoresMerges, let id = vocabulary.id(of: text) { return sink.append(id, vocabulary) }
        sink.merger.symbols.removeAll(keepingCapacity: true)
        // An unknown token is pending until the next known scalar, so that a run of them can be fused. As in the
        // reference, a scalar that falls back to bytes does not flush it.
        var hasUnknown = false
        var index = 0
        while index < text.count {
            let length = utf8Length(first: text[index])
            let scalar = text.slice(index, index + length)
            index += length
            if let id = self.id(of: scalar) {
                if hasUnknown, let unknownID { sink.merger.symbols.append(unknownID) }
                hasUnknown = false
                if id == cutID, let last = sink.merger.symbols.last, last != id { flush(into: &sink) }
                sink.merger.symbols.append(id)
            } else if let fallbackIDs, scalar.allSatisfy({ fallbackIDs[Int($0)] >= 0 }) {
                for byte in scalar { sink.merger.symbols.append(fallbackIDs[Int(byte)]) }
            } else if let unknownID {
                if hasUnknown, !fusesUnknown { sink.merger.symbols.append(unknownID) }
                hasUnknown = true
            }
        }
        if hasUnknown, let unknownID { sink.merger.symbols.append(unknownID) }
        flush(into: &sink)
    }

    @inline(__always)
    private func id(of scalar: Bytes) -> Int32? {
        guard scalar[0] < 0x80 else {
            let isMark = scalar[0] == 0xE2 && scalar[1] == 0x96 && scalar[2] == 0x81
            return isMark ? markID : vocabulary.id(of: scalar)
        }
        let id = asciiIDs[Int(scalar[0])]
        return id < 0 ? nil : id
    }

    private func flush(into sink: inout TokenSink) {
        sink.merger.run(merges)
        sink.appendMerged(vocabulary)
        sink.merger.symbols.removeAll(keepingCapacity: true)
    }

    /// Encodes the raw bytes of a piece of a byte-level pre-tokenizer.
    ///
    /// - Precondition: `takesRawBytes`.
    func encode(raw: Bytes, into sink: inout TokenSink) {
        guard let byteIDs else { preconditionFailure("the model has no token for every byte") }
        if ignoresMerges {
            sink.written.removeAll(keepingCapacity: true)
            ByteLevelAlphabet.append(raw, to: &sink.written)
            if let id = sink.written.withUnsafeBufferPointer({ vocabulary.id(of: $0) }) {
                return sink.append(id, vocabulary)
            }
        }
        sink.merger.symbols.removeAll(keepingCapacity: true)
        for byte in raw { sink.merger.symbols.append(byteIDs[Int(byte)]) }
        flush(into: &sink)
    }

    private static func fallbackTokens(_ vocabulary: VocabularyTable) -> [Int32] {
        let digits = Array("0123456789ABCDEF")
        return (0..<256).map { byte in
            vocabulary.id(of: "<0x\(digits[byte / 16])\(digits[byte % 16])>") ?? -1
        }
    }

    private static func byteTokens(_ vocabulary: VocabularyTable) -> [Int32]? {
        var ids: [Int32] = []
        for scalar in ByteLevelAlphabet.scalars {
            var text: [UInt8] = []
            text.append(scalar: scalar)
            guard let id = text.withUnsafeBufferPointer({ vocabulary.id(of: $0) }) else { return nil }
            ids.append(id)
        }
        return ids
    }
}

/// Collects a text's tokens, with the working memory that pieces share.
struct TokenSink {
    private(set) var ids: [Int32] = []
    /// The printed forms, if asked for.
    private(set) var tokens: [String] = []
    private let wantsTokens: Bool
    var merger: SymbolMerger
    var written: [UInt8] = []

    init(wantsTokens: Bool, words: WordCache? = nil) {
        self.wantsTokens = wantsTokens
        merger = SymbolMerger(words: words)
    }

    mutating func append(_ id: Int32, _ vocabulary: VocabularyTable) {
        ids.append(id)
        if wantsTokens { tokens.append(vocabulary.text(id: id) ?? "") }
    }

    mutating func appendMerged(_ vocabulary: VocabularyTable) {
        ids.append(contentsOf: merger.symbols)
        if wantsTokens { for id in merger.symbols { tokens.append(vocabulary.text(id: id) ?? "") } }
    }

    /// Appends an added token, whose printed form is the matched text, stripped spaces included.
    mutating func append(_ id: Int32, foundAs text: Bytes) {
        ids.append(id)
        if wantsTokens { tokens.append(text.text) }
    }
}
