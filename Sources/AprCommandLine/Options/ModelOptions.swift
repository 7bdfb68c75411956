import ArgumentParser

/// Which base model is trained.
struct ModelOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "The base model: a HuggingFace directory, or the id of a model on the Hub, which is pulled.",
            valueName: "base"))
    var base: String?

    @Option(help: "What the model is to learn. Only 'classify' is supported. (default: classify)")
    var task: FinetuneTask?

    @Option(
        help: ArgumentHelp(
            "The size you expect, such as 0.5B or 135M; a base of another size is refused. Without a base, 0.5B, 1.5B, 3B, 7B, 14B and 32B stand for Qwen/Qwen2.5-Coder of that size.",
            valueName: "size"))
    var modelSize: ModelSize?

    mutating func fill(from file: inout ConfigFile) {
        file.fill(&base, "base", "a path")
        file.fill(&task, "task", "classify")
        file.fill(&modelSize, "model-size", "a size such as 0.5B")
    }
}
