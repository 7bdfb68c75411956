import JSONCore

/// The parts of a `tokenizer.json`, decoded and checked.
///
/// Decoding follows the reference's reader: it requires and ignores the same members (ignored are the decoder and
/// unknown members). Errors name components that the reference supports and this program does not.
struct TokenizerParts: Sendable {
    var normalizer: Normalizer
    var preTokenizer: PreTokenizer
    var model: BytePairModel
    var addedTokens: AddedVocabulary
    var postProcessor: PostProcessor
    var truncation: Truncation?
    var padding: Padding?
    /// Whether a limit given in a call drops tokens at the beginning of a text.
    var dropsLeft = false

    /// Decodes a whole file.
    init(contents bytes: [UInt8]) throws(TokenizerError) {
        // Validity is checked first because the scanner copies bytes unchecked.
        if let scanned = bytes.withUnsafeBufferPointer({ $0.isValidUTF8 ? ModelScanner.scan($0) : nil }),
            let json = try? JSONParser.parse(scanned.rest)
        {
            try self.init(json, tables: (scanned.vocabulary, scanned.merges))
            return
        }
        let json: JSONValue
        do throws(JSONError) {
            json = try JSONParser.parse(bytes)
        } catch {
            throw TokenizerError(.json(error), at: "")
        }
        try self.init(json)
    }

    /// Decodes a parsed file whose vocabulary and merges may have been read already.
    init(_ json: JSONValue, tables: (VocabularyTable, MergeTable)? = nil) throws(TokenizerError) {
        let root = JSONReader(json)
        if let version = try root.optional("version") {
            let text = try version.string()
            guard text.utf8.elementsEqual("1.0".utf8) else {
                throw version.failure(.unsupportedVersion(text))
            }
        }
        normalizer = Normalizer()
        if let reader = try root.optional("normalizer") { try normalizer.append(reader) }
        preTokenizer = PreTokenizer()
        if let reader = try root.optional("pre_tokenizer") { try preTokenizer.append(reader) }
        model = try BytePairModel(
            root.required("model"), isByteLevel: preTokenizer.endsInBytes, tables: tables)
        var tokens: [AddedToken] = []
        if let reader = try root.optional("added_tokens") {
            for element in try reader.elements() { tokens.append(try AddedToken(element)) }
        }
        addedTokens = try AddedVocabulary(tokens, vocabulary: model.vocabulary, normalizer: normalizer)
        postProcessor = PostProcessor()
        if let reader = try root.optional("post_processor") { postProcessor = try PostProcessor(reader) }
        if let reader = try root.optional("truncation") {
            truncation = try Truncation(reader, addedCount: postProcessor.addedCount)
        }
        if let reader = try root.optional("padding") { padding = try Padding(reader) }
    }
}

extension AddedToken {
    fileprivate init(_ reader: JSONReader) throws(TokenizerError) {
        _ = try reader.required("id").id()
        content = try reader.required("content").bytes()
        isSingleWord = try reader.required("single_word").bool()
        stripsLeft = try reader.required("lstrip").bool()
        stripsRight = try reader.required("rstrip").bool()
        isNormalized = try reader.required("normalized").bool()
        isSpecial = try reader.required("special").bool()
    }
}
