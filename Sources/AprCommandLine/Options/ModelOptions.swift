import ArgumentParser

/// Which base model is trained.
struct ModelOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "The base model: a HuggingFace directory, or the id of a model on the Hub, which apr pulls.",
            valueName: "base"))
    var base: String?

    @Option(help: "What the model learns. Only 'classify' is supported. (default: classify)")
    var task: FinetuneTask?

    @Option(
        help: ArgumentHelp(
            "The size you expect, such as 0.5B or 135M; apr refuses a base of another size. Without a base, 0.5B, 1.5B, 3B, 7B, 14B and 32B select Qwen/Qwen2.5-Coder of that size.",
            valueName: "size"))
    var modelSize: ModelSize?

    mutating func fill(from file: inout ConfigFile) {
        file.fill(path: &base, "base")
        file.fill(&task, "task", "classify")
        file.fill(&modelSize, "model-size", "a size such as 0.5B")
    }
}
