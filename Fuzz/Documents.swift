import CheckpointIO
import JSONCore
import Platform
import TextTokenization
import TransformerModels

/// Single JSON documents.
enum Documents {
    private static let texts = [
        "", "a", "the  quick\r\n\t<s>x [L] [W]ing", "e\u{301}\u{1F468}\u{200D}1\u{FFFF}\0'LL",
        " \u{3000}▁Été",
    ]

    /// What is accepted is written and read back as the same.
    static func json(_ bytes: [UInt8]) {
        guard let value = try? JSONParser.parse(bytes) else { return }
        let text = value.encoded()
        guard let again = try? JSONParser.parse(text.utf8) else {
            preconditionFailure("not read back: \(text)")
        }
        precondition(again.encoded().utf8.elementsEqual(text.utf8))
    }

    static func manifest(_ bytes: [UInt8]) {
        guard let manifest = try? Manifest(bytes: bytes, path: "f") else { return }
        precondition(manifest.encoded() == bytes)
        precondition(manifest.entries.allSatisfy { FileName.isPlain($0.name) })
    }

    static func adapterConfig(_ bytes: [UInt8]) {
        guard let config = try? AdapterConfig(bytes: bytes, path: "f"),
            let matcher = try? AdapterMatcher(config)
        else { return }
        for module in ["model.layers.0.self_attn.q_proj", "model.layers.11.mlp.up_proj", ""] {
            _ = matcher.targets(module)
            precondition(matcher.rank(of: module) >= 1)
        }
    }

    static func modelConfig(_ bytes: [UInt8]) {
        guard let object = (try? JSONParser.parse(bytes, duplicateKeys: .lastWins))?.object,
            let config = try? ModelConfig(raw: object, path: "f")
        else { return }
        precondition(config.hiddenSize > 0 && config.numAttentionHeads > 0 && config.headDim > 0)
    }

    static func tokenizer(_ bytes: [UInt8]) {
        guard let tokenizer = try? Tokenizer(contents: bytes) else { return }
        for text in texts {
            _ = tokenizer.encodeWithTokens(text)
            precondition(tokenizer.encode(text, addSpecialTokens: false, maxLength: 3).count <= 3)
        }
    }
}
