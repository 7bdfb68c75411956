import Platform

/// Whether the files of a checkpoint that hold the same tensors agree about their names and shapes.
///
/// The manifest shows that the files are unchanged; this shows that they belong to one model.
struct CheckpointAgreement {
    /// The file the others are compared with.
    private static let reference = "model.apr"
    private static let momentPrefixes = ["optimizer.m.", "optimizer.v."]

    let directory: String
    /// The shapes of the tensors of each file that was read, by file name.
    var shapes: [String: [String: [Int]]] = [:]

    init(directory: String) { self.directory = directory }

    /// What does not agree; empty where there is nothing to compare.
    var problems: [FileError] {
        guard let model = shapes[Self.reference] else { return [] }
        var problems: [FileError] = []
        if let weights = shapes["model.safetensors"] {
            // An empty tensor says nothing about the model; checkpoints hold one to stop readers of whole models.
            problems += compare(
                weights.filter { !$0.value.contains(0) }, with: model, in: "model.safetensors")
        }
        if let adapter = shapes["adapter_model.safetensors"] {
            var named: [String: [Int]] = [:]
            for (key, shape) in adapter { named[AdapterNaming.name(peftKey: key) ?? key] = shape }
            problems += compare(named, with: model, in: "adapter_model.safetensors")
        }
        if let state = shapes["training_state.apr"] { problems += compareMoments(state, with: model) }
        return problems
    }

    private func compare(
        _ tensors: [String: [Int]], with model: [String: [Int]], in file: String
    ) -> [FileError] {
        let names = Set(tensors.keys).union(model.keys).filter { tensors[$0] != model[$0] }
        return problem(names, file)
    }

    private func compareMoments(_ state: [String: [Int]], with model: [String: [Int]]) -> [FileError] {
        let names = state.compactMap { name, shape -> String? in
            guard let prefix = Self.momentPrefixes.first(where: name.hasPrefix) else { return nil }
            return model[String(name.dropFirst(prefix.count))] == shape ? nil : name
        }
        return problem(names, "training_state.apr")
    }

    private func problem(_ names: some Collection<String>, _ file: String) -> [FileError] {
        guard let first = names.min(by: utf8Precedes) else { return [] }
        return [
            FileError(
                TensorProblem.disagreement(name: first, count: names.count, reference: Self.reference),
                path: directory.appendingComponent(file))
        ]
    }
}
