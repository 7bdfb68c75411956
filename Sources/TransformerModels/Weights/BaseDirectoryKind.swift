import CheckpointIO
import Platform

/// Tells a base model's directory from others that are given instead.
package enum BaseDirectoryKind {
    /// Refuses a directory that holds something else than a base model.
    ///
    /// - Throws: `ModelError.notABase`, which says what it holds and what to give instead.
    package static func check(_ directory: String) throws {
        func exists(_ name: String) throws -> Bool {
            try FileStatus.of(directory.appendingComponent(name), followingLinks: true) != nil
        }
        func refusal(_ fact: String, _ remedy: String) -> ModelError {
            .notABase(path: directory, fact: fact, remedy: remedy)
        }
        let isCheckpoint = try exists("model.apr")
        if try isCheckpoint || exists(AdapterConfig.fileName) {
            let base = (try? AdapterConfig(directory: directory))?.baseModelNameOrPath
            throw refusal(
                isCheckpoint ? "a trained checkpoint, not a base model" : "a PEFT adapter, not a base model",
                "give its base\(base.map { " (\($0))" } ?? ""), or merge the two and give the merged model")
        }
        if try exists("config.json") { return }
        guard try FileStatus.of(directory, followingLinks: true)?.kind == .directory else { return }
        if try exists("run.json") {
            throw refusal("a run's directory, not a base model", "give the base that the run trained on")
        }
        if let file = try Directory.names(in: directory).first(where: { $0.hasSuffix(".gguf") }) {
            throw refusal(
                "holds \(file) and no config.json", "import the GGUF file, which makes a model directory")
        }
        if try exists("params.json") {
            throw refusal(
                "holds params.json and no config.json: a model in its publisher's own layout",
                "fetch it in the layout of transformers, or convert it")
        }
        throw refusal(
            "no config.json",
            "give a HuggingFace model directory: config.json, model.safetensors, tokenizer.json")
    }
}
