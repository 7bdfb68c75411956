/// The tokenizer as a GGUF file describes it.
struct GGUFVocabulary: Sendable {
    /// What a token is for.
    enum TokenType: Int {
        case control = 3
        case userDefined = 4
    }

    /// The kind of tokenizer: `gpt2` (byte-level merges) or `llama` (SentencePiece merges).
    enum Model: String {
        case byteLevel = "gpt2"
        case sentencePiece = "llama"
    }

    /// Deriving merges takes the square of a token's length.
    private static let longestToken = 4_096

    let model: Model
    let preTokenizerName: String?
    let tokens: [String]
    /// One number for each token, or nil when the file has none.
    let types: [Int]?
    /// One number for each token, or nil when the file has none.
    let scores: [Double]?
    /// Pairs of tokens with a space between, or nil when the file has none.
    let merges: [String]?
    let bosTokenID: Int?
    let eosTokenID: Int?
    let unkTokenID: Int?
    let padTokenID: Int?
    let addBOSToken: Bool
    let addEOSToken: Bool
    let chatTemplate: String?

    init(metadata: GGUFMetadata) throws(ImportProblem) {
        let reader = MetadataReader(metadata)
        let name = try reader.required("tokenizer.ggml.model", try reader.string("tokenizer.ggml.model"))
        guard let model = Model(rawValue: name) else {
            throw ImportProblem(.unsupportedTokenizer(model: name))
        }
        self.model = model
        preTokenizerName = try reader.string("tokenizer.ggml.pre")
        let tokens = try reader.required("tokenizer.ggml.tokens", try reader.strings("tokenizer.ggml.tokens"))
        if let index = tokens.firstIndex(where: { $0.utf8.count > Self.longestToken }) {
            throw ImportProblem(
                .invalidMetadata(
                    key: "tokenizer.ggml.tokens", value: "\(tokens[index].utf8.count) bytes long at \(index)",
                    expected: "at most \(Self.longestToken) bytes to a token"))
        }
        self.tokens = tokens
        types = try reader.ints("tokenizer.ggml.token_type")
        scores = try reader.doubles("tokenizer.ggml.scores")
        merges = try reader.strings("tokenizer.ggml.merges")
        func checkCount(_ key: String, _ count: Int?) throws(ImportProblem) {
            guard let count, count != tokens.count else { return }
            throw ImportProblem(.wrongTokenCount(key: key, got: count, expected: tokens.count))
        }
        try checkCount("tokenizer.ggml.token_type", types?.count)
        try checkCount("tokenizer.ggml.scores", scores?.count)
        func tokenID(_ name: String) throws(ImportProblem) -> Int? {
            let key = "tokenizer.ggml.\(name)_token_id"
            guard let id = try reader.int(key) else { return nil }
            guard tokens.indices.contains(id) else {
                throw ImportProblem(.tokenIDOutOfRange(key: key, id: id, vocabularySize: tokens.count))
            }
            return id
        }
        bosTokenID = try tokenID("bos")
        eosTokenID = try tokenID("eos")
        unkTokenID = try tokenID("unknown")
        padTokenID = try tokenID("padding")
        // A SentencePiece file that does not say so begins texts with the bos token, as llama.cpp does.
        addBOSToken = try reader.bool("tokenizer.ggml.add_bos_token") ?? (model == .sentencePiece)
        addEOSToken = try reader.bool("tokenizer.ggml.add_eos_token") ?? false
        chatTemplate = try reader.string("tokenizer.chat_template")
    }

    /// The ids of the tokens that the file names for a purpose.
    var namedTokenIDs: [Int] { [bosTokenID, eosTokenID, unkTokenID, padTokenID].compactMap(\.self) }

    /// What a token is for, where that matters.
    func type(of id: Int) -> TokenType? { types.flatMap { TokenType(rawValue: $0[id]) } }
}
