package import JSONCore
package import TextTokenization
package import TransformerModels

/// The padding token, which the classifier's pooling skips.
///
/// Model and tokenizer of a checkpoint must agree on it. The base's own `pad_token_id` is preferred, so that the
/// unmodified base pools in the same way; then the tokenizer's pad token; then the end-of-text token, as is usual for
/// models without padding.
package struct PadToken: Sendable, Hashable {
    /// The id.
    package let id: Int32
    /// The token's text.
    package let text: String

    /// A known token.
    package init(id: Int32, text: String) {
        self.id = id
        self.text = text
    }

    /// The pad token of a base.
    ///
    /// - Throws: `ClassifierError.noPadToken` if there is no such token.
    package init(base: BaseModel, tokenizer: Tokenizer) throws {
        let settings = TokenizerFiles.object("tokenizer_config.json", in: base.directory) ?? JSONObject()
        let candidates: [Int32?] = [
            base.config.padTokenID,
            Self.text(settings["pad_token"]).flatMap { tokenizer.tokenID(of: $0) },
            Self.ids(base.config.raw["eos_token_id"]).first,
            Self.text(settings["eos_token"]).flatMap { tokenizer.tokenID(of: $0) },
        ]
        for case let id? in candidates where (0..<Int32(base.config.vocabSize)).contains(id) {
            guard let text = tokenizer.token(id: id) else { continue }
            self.id = id
            self.text = text
            return
        }
        throw ClassifierError.noPadToken(directory: base.directory)
    }

    /// A special token's text, given as a string or as an object with its content.
    package static func text(_ value: JSONValue?) -> String? { value?.string ?? value?["content"]?.string }

    private static func ids(_ value: JSONValue?) -> [Int32] {
        (value?.array ?? value.map { [$0] } ?? []).compactMap { $0.int.flatMap(Int32.init(exactly:)) }
    }
}
