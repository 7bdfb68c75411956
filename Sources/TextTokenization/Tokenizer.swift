public import JSONCore
import Platform

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

    /// Reads the `tokenizer.json` of a model's directory.
    ///
    /// - Throws: as `init(contentsOf:)`.
    public convenience init(directory: String) throws(TokenizerError) {
        try self.init(
            contentsOf: directory.hasSuffix("/")
                ? directory + "tokenizer.json" : directory + "/tokenizer.json")
    }

    private static func read(_ path: String) throws(TokenizerError) -> [UInt8] {
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
        // A pipe has no size, and a file may grow: more bytes may follow.
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
    public func withoutTruncationAndPadding() -> Tokenizer {
        var parts = parts
        parts.truncation = nil
        parts.padding = nil
        return Tokenizer(parts)
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
