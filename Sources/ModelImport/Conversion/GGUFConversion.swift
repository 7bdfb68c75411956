/// The plan of an import, made before anything is written.
struct GGUFConversion: Sendable {
    let model: ImportedModel
    let plan: TensorPlan
    let ropeScaling: RopeScaling?
    let tokenizer: TokenizerConversion

    init(_ gguf: GGUFFile) throws(ImportProblem) {
        model = try ImportedModel(header: gguf.header)
        plan = try TensorPlan(header: gguf.header, model: model)
        if let frequencies = plan.ropeFrequencies {
            ropeScaling = try RopeScaling.recover(
                divisors: gguf.decode(frequencies), ropeTheta: model.ropeTheta)
        } else {
            ropeScaling = nil
        }
        tokenizer = try TokenizerConversion(
            try GGUFVocabulary(metadata: gguf.metadata), maxLength: model.maxPositionEmbeddings)
    }

    /// The stored types of the tensors and how many there are of each, in the order of the types' numbers.
    var tensorTypes: [(name: String, count: Int)] {
        var counts: [GGUFTensorType: Int] = [:]
        for tensor in plan.tensors { counts[tensor.source.type, default: 0] += 1 }
        return counts.sorted { $0.key.rawValue < $1.key.rawValue }.map { ($0.key.name, $0.value) }
    }
}
