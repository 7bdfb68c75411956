/// Which files of a repository are needed to train on it, or to classify with it.
enum HubSelection {
    private static let settings: Set<String> = [
        "config.json", "generation_config.json", "adapter_config.json", "metadata.json", "manifest.json",
        "README.md", "LICENSE", "LICENSE.md", "LICENSE.txt", "NOTICE",
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
        "vocab.json",
        "merges.txt", "tokenizer.model", "chat_template.jinja", "chat_template.json",
        "model.safetensors.index.json", "model.apr",
    ]

    /// The files: settings, tokenizer, weights in safetensors, and what belongs to a checkpoint; nothing from
    /// folders, and no second copy of the weights in another format.
    static func needed(of files: [HubFile]) -> [HubFile] {
        files.filter { file in settings.contains(file.path) || isWeights(file.path) }
    }

    private static func isWeights(_ path: String) -> Bool {
        if path == "model.safetensors" || path == "adapter_model.safetensors" { return true }
        let prefix = "model-"
        let suffix = ".safetensors"
        guard path.hasPrefix(prefix), path.hasSuffix(suffix) else { return false }
        let parts = path.dropFirst(prefix.count).dropLast(suffix.count).split(separator: "-")
        return parts.count == 3 && parts[1] == "of" && Int(parts[0]) != nil && Int(parts[2]) != nil
    }
}
