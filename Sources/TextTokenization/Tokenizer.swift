public import JSONCore
package import Platform

/// A tokenizer read from a `tokenizer.json`. It produces the ids of the `tokenizers` library.
///
/// A tokenizer is immutable and may be used from several tasks concurrently.
///
/// ```swift
/// let tokenizer = try Tokenizer(contentsOf: "base/tokenizer.json")
/// let ids = tokenizer.encode("rm -rf \"$dir\"", maxLength: 512)
/// ```
public final class Tokenizer: Sendable {
    /// The tokens of a text.
    public struct Encoding: Sendable, Equatable {
        /// The ids of the tokens.
        public var ids: [Int32] = []
        /// The printed form of each token; empty if only ids were asked for.
        public var tokens: [String] = []

        /// An encoding without tokens.
        public init() {}
    }

    let parts: TokenizerParts
    let wordCaches = WordCachePool()

    private init(_ parts: TokenizerParts) { self.parts = parts }

    /// Makes a tokenizer from the parsed content of a `tokenizer.json`.
    ///
    /// - Throws: `TokenizerError` naming the broken rule or the unsupported component.
    public convenience init(json: JSONValue) throws(TokenizerError) {
        self.init(try TokenizerParts(json))
    }

    /// Makes a tokenizer from the bytes of a `tokenizer.json`, several times faster than from parsed JSON.
    ///
    /// - Throws: `TokenizerError` as `init(json:)`, or if the bytes are not JSON.
    public convenience init(contents bytes: [UInt8]) throws(TokenizerError) {
        self.init(try TokenizerParts(contents: bytes))
    }

    /// Reads a `tokenizer.json`.
    ///
    /// - Throws: `TokenizerError` as `init(json:)`, or if the file cannot be read or is not JSON.
    public convenience init(contentsOf path: String) throws(TokenizerError) {
        do throws(TokenizerError) {
            self.init(try TokenizerParts(contents: Self.read(path)))
        } catch {
            var error = error
            error.file = path
            throw error
        }
    }

    /// Reads a `tokenizer.json` that is open.
    ///
    /// - Throws: as `init(contentsOf:)`.
    package convenience init(file: MappedFile) throws(TokenizerError) {
        let bytes = [UInt8](unsafeUninitializedCapacity: file.byteCount) { buffer, count in
            LargePages.prefer(for: UnsafeRawBufferPointer(buffer))
            file.withUnsafeBytes { UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
            count = file.byteCount
        }
        do throws(TokenizerError) {
            self.init(try TokenizerParts(contents: bytes))
        } catch {
            var error = error
            error.file = file.path
            throw error
        }
    }

    /// Reads the `tokenizer.json` of a model's directory.
    ///
    /// - Throws: as `init(contentsOf:)`.
    public convenience init(directory: String) throws(TokenizerError) {
        let path = directory.appendingComponent("tokenizer.json")
        let kind = (try? FileStatus.of(path, followingLinks: true))?.kind
        // A pipe in a model's directory would wait for its writer.
        guard kind == nil || kind == .file else {
            throw TokenizerError(.unreadable("\(path) is not a regular file"), at: "")
        }
        try self.init(contentsOf: path)
    }

    private static func read(_ path: String) throws(TokenizerError) -> [UInt8] {
        // Opening a pipe would wait for its writer.
        var kind = stat()
        if stat(path, &kind) == 0, kind.st_mode & S_IFMT != S_IFREG, kind.st_mode & S_IFMT != S_IFDIR {
            throw TokenizerError(.unreadable("not a regular file"), at: "")
        }
        guard let file = fopen(path, "rb") else {
            let reason = String(cString: strerror(errno))
            if errno == ENOENT, let file = otherForm(beside: path) {
                throw TokenizerError(.otherForm(file: file))
            }
            throw TokenizerError(.unreadable(reason))
        }
        defer { fclose(file) }
        // The parser's own limit; it reports an error for one byte more.
        let limit = JSONLimits().bytes
        var status = stat()
        let size = fstat(fileno(file), &status) == 0 ? max(0, min(Int(status.st_size), limit)) + 1 : 1 << 20
        func part(_ size: Int) -> [UInt8] {
            [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
                LargePages.prefer(for: UnsafeRawBufferPointer(buffer))
                count = fread(buffer.baseAddress, 1, size, file)
            }
        }
        var bytes = part(size)
        // A file may grow: more bytes may follow.
        while !bytes.isEmpty, bytes.count <= limit {
            let more = part(1 << 20)
            if more.isEmpty { break }
            bytes += more
        }
        guard ferror(file) == 0 else {
            throw TokenizerError(.unreadable(String(cString: strerror(errno))), at: "")
        }
        guard !GitLFSPointer.matches(bytes) else { throw TokenizerError(.gitLFSPointer) }
        return bytes
    }

    /// A file of the same directory from which Python makes the tokenizer.
    private static func otherForm(beside path: String) -> String? {
        [
            "tokenizer.model", "spiece.model", "sentencepiece.bpe.model", "tekken.json", "vocab.json",
            "vocab.txt",
        ]
        .first { access(path.parentDirectory.appendingComponent($0), R_OK) == 0 }
    }

    /// The same tokenizer without the truncation and the padding of its file.
    ///
    /// The `tokenizers` library applies both. transformers disables both unless its caller asks for them, and so
    /// should code that packs rows without padding.
    ///
    /// - Parameter dropsLeft: whether `encode(_:maxLength:)` drops tokens at the beginning of a text.
    public func withoutTruncationAndPadding(dropsLeft: Bool = false) -> Tokenizer {
        var parts = parts
        parts.truncation = nil
        parts.padding = nil
        parts.dropsLeft = dropsLeft
        return Tokenizer(parts)
    }

    /// The same tokenizer with one more special token, as transformers adds a pad token that is not among the added
    /// tokens: a text that contains the token's text then has the token.
    ///
    /// - Throws: `TokenizerError` if the token is empty.
    package func adding(special content: String) throws(TokenizerError) -> Tokenizer {
        var parts = parts
        let token = AddedToken(content: Array(content.utf8), isNormalized: false, isSpecial: true)
        parts.addedTokens = try AddedVocabulary(
            addedTokens.map(\.token) + [token], vocabulary: parts.model.vocabulary,
            normalizer: parts.normalizer)
        return Tokenizer(parts)
    }

    // MARK: - What other programs need to know

    /// The added tokens by rising id.
    package var addedTokens: [(id: Int32, token: AddedToken)] { parts.addedTokens.all }

    /// The limit of tokens in the file, and whether it drops tokens at the beginning of a text.
    package var fileTruncation: (maxLength: Int, dropsLeft: Bool)? {
        parts.truncation.map { ($0.maxLength, $0.dropsLeft) }
    }

    /// Whether the only pre-tokenizer is the byte-level one and puts a space before a text.
    package var addsPrefixSpace: Bool {
        guard parts.preTokenizer.steps.count == 1, case .byteLevel(true, _) = parts.preTokenizer.steps[0]
        else {
            return false
        }
        return true
    }

    /// Whether normalizer, pre-tokenizer and model are those that transformers builds for Qwen2.
    package var isBuiltAsQwen2: Bool {
        let (normalizer, cuts) = (parts.normalizer.steps, parts.preTokenizer.steps)
        guard normalizer.count == 1, case .form(.nfc) = normalizer[0], cuts.count == 2,
            case .split(.words(.qwen2), .isolated, isInverted: false) = cuts[0],
            case .byteLevel(prefixSpace: false, splitsWords: false) = cuts[1]
        else { return false }
        return parts.model.isPlain
    }

    // MARK: - Vocabulary

    /// The id of a model token or added token, by its exact content.
    public func tokenID(of content: String) -> Int32? {
        parts.addedTokens.id(of: content) ?? parts.model.vocabulary.id(of: content)
    }

    /// The token of an id, as it is written in the file.
    public func token(id: Int32) -> String? {
        parts.addedTokens.content(id: id) ?? parts.model.vocabulary.text(id: id)
    }

    /// The number of tokens, added ones included.
    public var vocabularySize: Int { parts.model.vocabulary.count + parts.addedTokens.extraCount }
}
