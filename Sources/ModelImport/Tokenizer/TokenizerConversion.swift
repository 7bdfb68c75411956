import JSONCore

/// The tokenizer files of a HuggingFace directory, made of what a GGUF file says.
///
/// The tokenizer is the one that transformers makes of the same file, with three differences where that one does
/// not give what the model was trained with: Llama 3 takes whole tokens regardless of merges, Qwen composes
/// characters first (NFC), and the file's bos, eos, unknown and padding tokens keep the ids they have in the file.
struct TokenizerConversion: Sendable {
    /// The content of `tokenizer.json`.
    let tokenizer: JSONObject
    /// The content of `tokenizer_config.json`.
    let config: JSONObject
    /// What the user should know.
    let warnings: [String]

    init(_ vocabulary: GGUFVocabulary, maxLength: Int) throws(ImportProblem) {
        let components: TokenizerComponents
        switch vocabulary.model {
        case .byteLevel: components = try TokenizerComponents(byteLevel: vocabulary)
        case .sentencePiece: components = try TokenizerComponents(sentencePiece: vocabulary)
        }
        warnings = components.warnings
        tokenizer = [
            "version": "1.0",
            "truncation": .null,
            "padding": .null,
            "added_tokens": JSONValue(Self.addedTokens(vocabulary, components)),
            "normalizer": components.normalizer,
            "pre_tokenizer": components.preTokenizer,
            "post_processor": Self.postProcessor(vocabulary),
            "decoder": components.decoder,
            "model": components.model,
        ]
        config = Self.config(vocabulary, maxLength: maxLength)
    }

    /// The tokens that are matched in the text as a whole, before it is split.
    private static func addedTokens(
        _ vocabulary: GGUFVocabulary, _ components: TokenizerComponents
    ) -> [JSONValue] {
        let named = Set(vocabulary.namedTokenIDs)
        var added: [JSONValue] = []
        for (id, token) in vocabulary.tokens.enumerated() {
            let special: Bool
            if named.contains(id) {
                special = true
            } else if components.keepsSpelling(id) {
                switch vocabulary.type(of: id) {
                case .control: special = true
                case .userDefined: special = false
                case nil: continue
                }
            } else {
                continue
            }
            added.append([
                "id": JSONValue(id), "content": JSONValue(token), "single_word": false, "lstrip": false,
                "rstrip": false, "normalized": false, "special": JSONValue(special),
            ])
        }
        return added
    }

    private static func postProcessor(_ vocabulary: GGUFVocabulary) -> JSONValue {
        let bos = vocabulary.addBOSToken ? vocabulary.bosTokenID : nil
        let eos = vocabulary.addEOSToken ? vocabulary.eosTokenID : nil
        func special(_ id: Int, _ type: Int) -> JSONValue {
            ["SpecialToken": ["id": JSONValue(vocabulary.tokens[id]), "type_id": JSONValue(type)]]
        }
        func part(_ name: String, _ type: Int) -> [JSONValue] {
            let sequence: JSONValue = ["Sequence": ["id": JSONValue(name), "type_id": JSONValue(type)]]
            return [bos.map { special($0, type) }, sequence, eos.map { special($0, type) }].compactMap(\.self)
        }
        var tokens = JSONObject()
        for id in [bos, eos].compactMap(\.self) {
            let token = JSONValue(vocabulary.tokens[id])
            tokens[vocabulary.tokens[id]] = ["id": token, "ids": [JSONValue(id)], "tokens": [token]]
        }
        return [
            "type": "TemplateProcessing", "single": JSONValue(part("A", 0)),
            "pair": JSONValue(part("A", 0) + part("B", 1)), "special_tokens": JSONValue(tokens),
        ]
    }

    private static func config(_ vocabulary: GGUFVocabulary, maxLength: Int) -> JSONObject {
        // The name that transformers 4 knows, and 5 still reads.
        var config: JSONObject = ["tokenizer_class": "PreTrainedTokenizerFast"]
        let named = [
            ("bos_token", vocabulary.bosTokenID), ("eos_token", vocabulary.eosTokenID),
            ("unk_token", vocabulary.unkTokenID), ("pad_token", vocabulary.padTokenID),
        ]
        for (name, id) in named { config[name] = id.map { JSONValue(vocabulary.tokens[$0]) } }
        config["model_max_length"] = JSONValue(maxLength)
        config["clean_up_tokenization_spaces"] = false
        config["chat_template"] = vocabulary.chatTemplate.map { JSONValue($0) }
        return config
    }
}
