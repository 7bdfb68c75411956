import HuggingFaceCache
package import JSONCore
import Platform
package import TransformerModels

/// The tokenizer's files in a checkpoint: the base's, with the pad token filled in.
package struct TokenizerFiles: Sendable {
    /// One file.
    package enum Content: Sendable {
        /// A copy of a file.
        case copy(String)
        /// New content.
        case text(String)
    }

    /// The names a tokenizer's files can have.
    package static let names = [
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
        "vocab.json",
        "merges.txt", "tokenizer.model", "chat_template.jinja", "chat_template.json",
    ]
    private static let sizeLimit = 256 << 20

    /// The files by name.
    package let files: [(name: String, content: Content)]
    /// The SHA-256 of `tokenizer.json`.
    package let hash: String
    /// The SHA-256 of the base's other files that decide what a tokenizer makes of a text, by name.
    package let settingHashes: JSONObject

    /// The files of a base's tokenizer.
    package init(base: BaseModel, padToken: PadToken) throws {
        let directory = base.directory
        var files: [(name: String, content: Content)] = []
        var hashes = JSONObject()
        for name in Self.names {
            let path = directory.appendingComponent(name)
            guard try FileStatus.of(path, followingLinks: true)?.kind == .file else { continue }
            if !name.hasPrefix("chat_template") {
                hashes[name] = .string(try HuggingFaceBlob.sha256(reading: MappedFile(path: path)))
            }
            switch name {
            case "tokenizer_config.json", "special_tokens_map.json":
                guard let object = Self.object(name, in: directory) else { fallthrough }
                files.append((name, Self.filled(object, padToken, path: path)))
            default:
                files.append((name, .copy(path)))
            }
        }
        if !files.contains(where: { $0.name == "tokenizer_config.json" }) {
            let settings: JSONObject = [
                "tokenizer_class": "PreTrainedTokenizerFast", "pad_token": .string(padToken.text),
                "model_max_length": JSONValue(base.config.maxPositionEmbeddings),
            ]
            files.append(("tokenizer_config.json", .text(Self.document(settings))))
        }
        self.files = files
        let main = "tokenizer.json"
        hash =
            try hashes[main]?.string
            ?? HuggingFaceBlob.sha256(reading: MappedFile(path: directory.appendingComponent(main)))
        hashes[main] = nil
        settingHashes = hashes
    }

    /// A small JSON file of a directory; nil when it is missing or not an object.
    package static func object(_ name: String, in directory: String) -> JSONObject? {
        guard let file = try? MappedFile(path: directory.appendingComponent(name), limit: sizeLimit) else {
            return nil
        }
        return (try? file.withUnsafeBytes { try JSONParser.parse($0, duplicateKeys: .lastWins) })?.object
    }

    private static func filled(_ object: JSONObject, _ padToken: PadToken, path: String) -> Content {
        if let text = PadToken.text(object["pad_token"]), text.utf8.elementsEqual(padToken.text.utf8) {
            return .copy(path)
        }
        var object = object
        object["pad_token"] = .string(padToken.text)
        return .text(document(object))
    }

    private static func document(_ object: JSONObject) -> String {
        JSONValue.object(object).encoded(.pretty) + "\n"
    }
}
