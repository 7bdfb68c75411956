import HuggingFaceCache
package import JSONCore
import Platform
import TextTokenization
package import TransformerModels

/// The tokenizer's files in a checkpoint: `tokenizer.json`, and a `tokenizer_config.json` that makes every version of
/// transformers use exactly that file.
///
/// transformers alters a tokenizer, or builds another one, as the base's `tokenizer_config.json`,
/// `special_tokens_map.json` and `added_tokens.json` say. The text that trained must be the text that users get, so the
/// first is written anew, with only the settings that change no id, and the other two are left out.
package struct TokenizerFiles: Sendable {
    /// One file.
    package enum Content: Sendable {
        /// A copy of a file.
        case copy(String)
        /// New content.
        case text(String)
    }

    /// The names a tokenizer's files can have; earlier versions copied all of them.
    package static let names =
        ["tokenizer.json", configName, "special_tokens_map.json", "added_tokens.json"] + copied
    /// Files that transformers does not read beside a `tokenizer.json`, and templates of chats.
    private static let copied = [
        "vocab.json", "merges.txt", "tokenizer.model", "chat_template.jinja", "chat_template.json",
    ]
    package static let configName = "tokenizer_config.json"
    private static let sizeLimit = 256 << 20

    /// The files by name.
    package let files: [(name: String, content: Content)]
    /// The SHA-256 of the `tokenizer.json` that they come from.
    package let hash: String
    /// The SHA-256 of the base's other files that decide what a tokenizer makes of a text, by name.
    package let settingHashes: JSONObject

    /// The files of a classifier's tokenizer.
    ///
    /// - Parameters:
    ///   - config: the model's configuration.
    ///   - maxLength: the tokens to which the classifier truncates texts.
    /// - Throws: `ClassifierError.unusablePadToken` if transformers cannot have the same pad token.
    package init(_ source: ClassifierTokenizer, config: ModelConfig, maxLength: Int) throws {
        let directory = source.directory
        let path = directory.appendingComponent("tokenizer.json")
        let padToken = source.padToken.text
        let isMissing = !source.tokenizer.addedTokens.contains {
            $0.token.text.utf8.elementsEqual(padToken.utf8)
        }
        var source = source
        if isMissing { source.tokenizer = try source.tokenizer.adding(special: padToken) }
        var files: [(name: String, content: Content)] = [
            (
                "tokenizer.json",
                isMissing || source.addsPadToken ? .text(try Self.adding(source, to: path)) : .copy(path)
            ),
            (Self.configName, .text(try Self.config(source, config: config, maxLength: maxLength))),
        ]
        for name in Self.copied {
            let path = directory.appendingComponent(name)
            guard try FileStatus.of(path, followingLinks: true)?.kind == .file else { continue }
            files.append((name, .copy(path)))
        }
        self.files = files
        hash = try HuggingFaceBlob.sha256(reading: MappedFile(path: path))
        settingHashes = try Self.settingHashes(of: directory)
    }

    private static func settingHashes(of directory: String) throws -> JSONObject {
        var hashes = JSONObject()
        for name in names where name != "tokenizer.json" && !name.hasPrefix("chat_template") {
            let path = directory.appendingComponent(name)
            guard try FileStatus.of(path, followingLinks: true)?.kind == .file else { continue }
            hashes[name] = .string(try HuggingFaceBlob.sha256(reading: MappedFile(path: path)))
        }
        return hashes
    }

    /// A small JSON file of a directory; nil when it is missing or not an object.
    package static func object(_ name: String, in directory: String) -> JSONObject? {
        guard let file = try? MappedFile(path: directory.appendingComponent(name), limit: sizeLimit) else {
            return nil
        }
        return (try? file.withUnsafeBytes { try JSONParser.parse($0, duplicateKeys: .lastWins) })?.object
    }

    private static func document(_ object: JSONObject) -> String {
        JSONValue.object(object).encoded(.pretty) + "\n"
    }
}

// MARK: - tokenizer_config.json

extension TokenizerFiles {
    /// Model types for which transformers 5 builds the tokenizer of Qwen2, whatever class the file names.
    private static let rebuiltModelTypes: Set<String> = ["qwen2"]

    private static func config(
        _ source: ClassifierTokenizer, config: ModelConfig, maxLength: Int
    ) throws -> String {
        let base = object(configName, in: source.directory) ?? JSONObject()
        let tokens = source.tokenizer.addedTokens
        let isRebuilt = rebuiltModelTypes.contains(config.raw["model_type"]?.string ?? "")
        var settings: JSONObject = [
            // transformers 4 and 5 load this class from tokenizer.json alone.
            "tokenizer_class": "PreTrainedTokenizerFast",
            // With this member they do not look for special_tokens_map.json and added_tokens.json.
            "added_tokens_decoder": .object(
                JSONObject(tokens.map { (String($0.id), .object(description(of: $0.token))) })),
        ]
        // transformers makes a special token of every text that is named here, so each must be one already. The class
        // of Qwen2 also resets the token's flags.
        func named(_ text: String?) -> JSONValue? {
            tokens.first { text != nil && $0.token.text.utf8.elementsEqual(text!.utf8) }.flatMap {
                isRebuilt && !$0.token.isPlain ? nil : .string($0.token.text)
            }
        }
        for key in ["bos_token", "eos_token", "unk_token", "sep_token", "cls_token", "mask_token"] {
            settings[key] = named(PadToken.text(base[key])) ?? .null
        }
        guard let padToken = named(source.padToken.text) else {
            throw ClassifierError.unusablePadToken(
                path: source.directory.appendingComponent("tokenizer.json"), token: source.padToken.text)
        }
        settings["pad_token"] = padToken
        settings["model_max_length"] = JSONValue(maxLength)
        settings["truncation_side"] = source.dropsLeft ? "left" : "right"
        settings["padding_side"] = base["padding_side"] == "left" ? "left" : "right"
        // transformers 4 would replace a byte-level pre-tokenizer that disagrees.
        settings["add_prefix_space"] = .bool(source.tokenizer.addsPrefixSpace)
        settings["clean_up_tokenization_spaces"] = .bool(base["clean_up_tokenization_spaces"]?.bool ?? false)
        // Otherwise transformers 4 adds token_type_ids, which these models do not take.
        settings["model_input_names"] = ["input_ids", "attention_mask"]
        if let template = base["chat_template"]?.string { settings["chat_template"] = .string(template) }
        // Makes transformers 5 read tokenizer.json even in a class that it would build from vocabulary and merges. The
        // file holds no code to trust, and transformers runs code only if its caller says so.
        if isRebuilt, !source.tokenizer.isBuiltAsQwen2 { settings["trust_remote_code"] = true }
        return document(settings)
    }

    private static func description(of token: AddedToken) -> JSONObject {
        [
            "content": .string(token.text), "lstrip": .bool(token.stripsLeft),
            "normalized": .bool(token.isNormalized),
            "rstrip": .bool(token.stripsRight), "single_word": .bool(token.isSingleWord),
            "special": .bool(token.isSpecial),
        ]
    }

    /// The content of a `tokenizer.json` with the pad token among its added tokens.
    private static func adding(_ source: ClassifierTokenizer, to path: String) throws -> String {
        let file = try MappedFile(path: path, limit: sizeLimit)
        let json = try file.withUnsafeBytes { try JSONParser.parse($0) }
        var object = json.object ?? JSONObject()
        var token = JSONObject()
        token["id"] = JSONValue(Int(source.padToken.id))
        let added = source.tokenizer.addedTokens.first { $0.id == source.padToken.id }
        if let added {
            for member in description(of: added.token).members { token[member.key] = member.value }
        }
        object["added_tokens"] = .array((object["added_tokens"]?.array ?? []) + [.object(token)])
        return document(object)
    }
}

extension AddedToken {
    /// Whether it is matched as it is written, wherever it stands.
    fileprivate var isPlain: Bool {
        isSpecial && !isNormalized && !stripsLeft && !stripsRight && !isSingleWord
    }
}
