import ArgumentParser
import ClassificationData
import HuggingFaceCache
import JSONCore
import Platform
import TextTokenization

/// Shows how a tokenizer cuts texts.
struct Tokenize: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the token ids and tokens of texts.",
        usage: "apr tokenize <dir> (--text <text> ... | --data <file> | -) [--no-special-tokens] [--json]",
        discussion: """
            Examples:
              apr tokenize path/to/base --text 'rm -rf "$dir"'
              apr tokenize path/to/base --data corpus.jsonl --json > tokens.jsonl

            With --json, one object a line in the order of the input: {"schema_version": 1, "ids": […], \
            "tokens": […]}. Ids are those of the tokenizers library, special tokens added as it does by default.
            """)

    @Argument(
        help: ArgumentHelp(
            "A model or checkpoint directory, a tokenizer.json, or an id in the HuggingFace cache.",
            valueName: "dir"))
    var directory: String

    @OptionGroup var texts: TextOptions

    @Flag(inversion: .prefixedNo, help: "Whether special tokens are added.")
    var specialTokens = true

    @Flag(help: "Print the result as JSON, one object a line.")
    var json = false

    func run() throws {
        let source = try texts.source()
        let tokenizer = try loadTokenizer()
        try source.forEachChunk(warn: { Console.standard.warning(FlagName.text($0.message)) }) { texts, _ in
            let encodings = texts.map { tokenizer.encodeWithTokens($0, addSpecialTokens: specialTokens) }
            try StandardOutput.write(
                encodings.map { (json ? line($0) : lines($0)) + "\n" }.joined(), as: json ? .data : .words)
        }
    }

    private func loadTokenizer() throws -> Tokenizer {
        switch try FileStatus.of(directory, followingLinks: true)?.kind {
        case .directory?: try Tokenizer(directory: directory)
        case .some: try Tokenizer(contentsOf: directory)
        case nil: try Tokenizer(directory: HubCache.current?.snapshot(of: directory) ?? directory)
        }
    }

    private func line(_ encoding: Tokenizer.Encoding) -> String {
        let object: JSONValue = [
            "schema_version": 1, "ids": .array(encoding.ids.map { JSONValue(Int($0)) }),
            "tokens": JSONValue(encoding.tokens),
        ]
        return object.encoded()
    }

    private func lines(_ encoding: Tokenizer.Encoding) -> String {
        """
        ids     \(encoding.ids.map(String.init).joined(separator: " "))
        tokens  \(encoding.tokens.map { JSONValue($0).encoded() }.joined(separator: " "))
        """
    }
}
