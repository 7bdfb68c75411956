import JSONCore

/// The parts of a `tokenizer.json` that depend on the kind of tokenizer.
struct TokenizerComponents: Sendable {
    let normalizer: JSONValue
    let preTokenizer: JSONValue
    let decoder: JSONValue
    let model: JSONValue
    let warnings: [String]
    /// The tokens whose spelling in the vocabulary is not the file's.
    private let respelled: Set<Int>

    /// Whether a token is in the vocabulary as the file spells it.
    func keepsSpelling(_ id: Int) -> Bool { !respelled.contains(id) }

    /// A byte-level tokenizer: GPT-2's kind.
    init(byteLevel vocabulary: GGUFVocabulary) throws(ImportProblem) {
        let split = try GGUFPreTokenizer(name: vocabulary.preTokenizerName ?? "default")
        warnings =
            vocabulary.preTokenizerName == nil
            ? ["the file does not name its pre-tokenizer (tokenizer.ggml.pre); GPT-2's is assumed"] : []
        // A vocabulary has some tokens in plain text; as pieces of text they can only occur in byte spelling.
        var tokens = vocabulary.tokens
        var respelled: Set<Int> = []
        let named = Set(vocabulary.namedTokenIDs)
        for (id, token) in tokens.enumerated()
        where !ByteLevelAlphabet.contains(token) && !named.contains(id) {
            tokens[id] = ByteLevelAlphabet.spell(token)
            respelled.insert(id)
        }
        self.respelled = respelled
        guard let merges = vocabulary.merges else {
            throw ImportProblem(.missingMetadata(key: "tokenizer.ggml.merges"))
        }
        let pairs = try TokenizerMerges.parse(merges, tokens: tokens)
        normalizer = split.normalizer
        preTokenizer = split.json
        decoder = ["type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true]
        model = Self.model(
            tokens, pairs, affixes: "", fuseUnknown: false, byteFallback: false,
            ignoreMerges: split.ignoresMerges)
    }

    /// A SentencePiece tokenizer of the merging kind: spaces are marks, unknown characters fall back to bytes.
    init(sentencePiece vocabulary: GGUFVocabulary) throws(ImportProblem) {
        let pairs: [(String, String)]
        if let merges = vocabulary.merges {
            pairs = try TokenizerMerges.parse(merges, tokens: vocabulary.tokens)
        } else if let scores = vocabulary.scores {
            pairs = TokenizerMerges.derive(tokens: vocabulary.tokens, scores: scores)
        } else {
            throw ImportProblem(.missingMetadata(key: "tokenizer.ggml.scores"))
        }
        warnings = []
        respelled = []
        normalizer = .null
        preTokenizer = ["type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": false]
        decoder = [
            "type": "Sequence",
            "decoders": [
                ["type": "Replace", "pattern": ["String": "▁"], "content": " "],
                ["type": "ByteFallback"],
                ["type": "Fuse"],
                ["type": "Strip", "content": " ", "start": 1, "stop": 0],
            ],
        ]
        model = Self.model(
            vocabulary.tokens, pairs, affixes: .null, fuseUnknown: true, byteFallback: true,
            ignoreMerges: false
        )
    }

    private static func model(
        _ tokens: [String], _ merges: [(String, String)], affixes: JSONValue, fuseUnknown: Bool,
        byteFallback: Bool, ignoreMerges: Bool
    ) -> JSONValue {
        // A token that stands twice has its last id.
        let vocabulary = JSONObject(tokens.enumerated().map { ($1, JSONValue($0)) })
        return [
            "type": "BPE",
            "dropout": .null,
            "unk_token": .null,
            "continuing_subword_prefix": affixes,
            "end_of_word_suffix": affixes,
            "fuse_unk": JSONValue(fuseUnknown),
            "byte_fallback": JSONValue(byteFallback),
            "ignore_merges": JSONValue(ignoreMerges),
            "vocab": JSONValue(vocabulary),
            "merges": JSONValue(merges.map { [JSONValue($0.0), JSONValue($0.1)] }),
        ]
    }
}

/// The spelling of bytes in byte-level vocabularies: every byte is one printable character.
///
/// Bytes that are printable Latin-1 stand for themselves; the others take the characters from U+0100 on, in
/// order.
enum ByteLevelAlphabet {
    private static let spelling: [Unicode.Scalar] = {
        var next: UInt32 = 0x100
        return (UInt8.min...UInt8.max).map { byte in
            switch byte {
            case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return Unicode.Scalar(byte)
            default:
                defer { next += 1 }
                return Unicode.Scalar(next) ?? "\u{FFFD}"
            }
        }
    }()

    private static let members = Set(spelling)

    /// Whether every character of a token spells a byte.
    static func contains(_ token: String) -> Bool { token.unicodeScalars.allSatisfy(members.contains) }

    /// The spelling of a text's UTF-8 bytes.
    static func spell(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for byte in text.utf8 { result.append(spelling[Int(byte)]) }
        return String(result)
    }
}
