import JSONCore

/// How a byte-level tokenizer splits text before it merges, by its name in `tokenizer.ggml.pre`.
enum GGUFPreTokenizer: Sendable, Hashable {
    /// GPT-2's split, which the ByteLevel component has built in.
    ///
    /// transformers reads SmolLM's name as this one, and so does this program: SmolLM's own tokenizer splits off
    /// digits first, which gives other tokens only where several spaces stand before a digit.
    case gpt2
    /// Splitting off every digit, otherwise as `llama3`.
    case qwen2
    /// Llama 3's split, digits in groups of three.
    case llama3

    private static let table: [(name: String, kind: GGUFPreTokenizer)] = [
        ("default", .gpt2), ("gpt-2", .gpt2), ("smollm", .gpt2),
        ("qwen2", .qwen2),
        ("llama-bpe", .llama3), ("llama-v3", .llama3), ("llama3", .llama3),
    ]

    /// The names that are known.
    static var names: [String] { table.map(\.name) }

    init(name: String) throws(ImportProblem) {
        guard let entry = Self.table.first(where: { $0.name == name }) else {
            throw ImportProblem(.unsupportedPreTokenizer(name))
        }
        self = entry.kind
    }

    /// Whether a piece that is a token as a whole is taken without regard to merges.
    ///
    /// Llama 3's vocabulary has tokens that its merges do not reach.
    var ignoresMerges: Bool { self == .llama3 }

    /// The normalizer: Qwen's tokenizer applies NFC, which no GGUF file records.
    var normalizer: JSONValue { self == .qwen2 ? ["type": "NFC"] : .null }

    /// The component in a `tokenizer.json`.
    var json: JSONValue {
        guard let pattern else { return Self.byteLevel(useRegex: true) }
        let split: JSONValue = [
            "type": "Split", "pattern": ["Regex": JSONValue(pattern)], "behavior": "Isolated",
            "invert": false,
        ]
        return ["type": "Sequence", "pretokenizers": [split, Self.byteLevel(useRegex: false)]]
    }

    private var pattern: String? {
        // The pieces: English contractions, words with one leading mark, digits, punctuation, white space.
        let digits: String
        switch self {
        case .gpt2: return nil
        case .qwen2: digits = #"\p{N}"#
        case .llama3: digits = #"\p{N}{1,3}"#
        }
        return #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"# + digits
            + #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    }

    private static func byteLevel(useRegex: Bool) -> JSONValue {
        [
            "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true,
            "use_regex": JSONValue(useRegex),
        ]
    }
}
