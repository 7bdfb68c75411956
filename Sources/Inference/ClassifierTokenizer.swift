import JSONCore
package import TextTokenization
package import TransformerModels

/// A classifier's tokenizer, and how it is told to other programs.
package struct ClassifierTokenizer: Sendable {
    /// The tokenizer, without the truncation and padding of its file.
    package var tokenizer: Tokenizer
    /// The token that the model's pooling skips. It is an added token of the tokenizer.
    package let padToken: PadToken
    /// Whether the pad token is not among the added tokens of the file. transformers adds it then, and so does
    /// training: a text that contains its text has the token.
    package let addsPadToken: Bool
    /// The directory of the tokenizer's files.
    package let directory: String
    /// Whether too long texts lose their beginning.
    package let dropsLeft: Bool

    /// The tokenizer of a new classifier.
    ///
    /// - Parameter dropsLeft: whether too long texts lose their beginning; a classifier trained here reads it.
    /// - Throws: `ClassifierError.noPadToken` if there is no pad token.
    package init(base: BaseModel, tokenizer: Tokenizer, directory: String, dropsLeft: Bool = false) throws {
        let padToken = try PadToken(base: base, tokenizer: tokenizer)
        let isAdded = tokenizer.addedTokens.contains { $0.token.text.utf8.elementsEqual(padToken.text.utf8) }
        try self.init(
            tokenizer: tokenizer, padToken: padToken, addsPadToken: !isAdded, directory: directory,
            dropsLeft: dropsLeft)
    }

    /// The tokenizer of a trained classifier.
    package init(
        tokenizer: Tokenizer, padToken: PadToken, addsPadToken: Bool, directory: String,
        dropsLeft: Bool = false
    ) throws {
        let plain = tokenizer.withoutTruncationAndPadding(dropsLeft: dropsLeft)
        self.tokenizer = addsPadToken ? try plain.adding(special: padToken.text) : plain
        self.padToken = padToken
        self.addsPadToken = addsPadToken
        self.directory = directory
        self.dropsLeft = dropsLeft
    }
}

/// How a classifier that another program trained limits its texts: as its tokenizer's files say.
struct TokenizerLimits {
    /// The most tokens of a text; nil for no limit.
    let maxLength: Int?
    /// Whether too long texts lose their beginning.
    let dropsLeft: Bool

    init(directory: String, tokenizer: Tokenizer) {
        let settings = TokenizerFiles.object(TokenizerFiles.configName, in: directory) ?? JSONObject()
        // transformers writes 10^30 where there is no limit.
        let named = (settings["model_max_length"] ?? settings["max_len"])?.double.flatMap {
            Int(exactly: $0.rounded(.down))
        }
        let limits = [named, tokenizer.fileTruncation?.maxLength].compactMap { $0 }.filter { $0 > 0 }
        maxLength = limits.min()
        switch settings["truncation_side"]?.string {
        case "left": dropsLeft = true
        case "right": dropsLeft = false
        default: dropsLeft = tokenizer.fileTruncation?.dropsLeft ?? false
        }
    }
}
