public import CheckpointIO
import TensorCore

extension SequenceClassifier {
    /// The tensors of the merged model, as transformers names them: the backbone and `score.weight`, without the
    /// language-model head.
    public var mergedTensors: [TensorDeclaration] {
        let backbone = base.source.orderedNames.compactMap { name -> TensorDeclaration? in
            guard name != "lm_head.weight", name != "score.weight", let info = base.source.tensors[name]
            else {
                return nil
            }
            let merged = base.prefix.isEmpty ? "model." + name : name
            return TensorDeclaration(name: merged, dtype: .float32, shape: info.shape)
        }
        let score = TensorDeclaration(
            name: "score.weight", dtype: .float32, shape: [numLabels, base.config.hiddenSize])
        return backbone + [score]
    }

    /// A tensor of the merged model: `W + scaling * B A` where there is an adapter, computed in fp32.
    public func mergedValues(of name: String) throws -> [Float] {
        if name == "score.weight" { return backend.values(of: head.score) }
        guard let (linear, adapter) = adapted(name) else {
            return try base.source.floats(of: base.prefix.isEmpty ? String(name.dropFirst(6)) : name)
        }
        let weight = linear.base.weight
        let merged = Tensor(
            try backend.makeStorage(count: weight.count), rows: weight.rows, columns: weight.columns)
        backend.copy(weight, to: merged)
        backend.matmul(
            adapter.loraB, transposeLeft: false, adapter.loraA, transposeRight: false, alpha: adapter.scaling,
            beta: 1, output: merged)
        return backend.values(of: merged)
    }

    private func adapted(_ name: String) -> (LoRALinear, LoRAWeights)? {
        for entry in plan.entries where name == entry.kind.path(layer: entry.layer) + ".weight" {
            let linear = layers[entry.layer].linear(entry.kind)
            return linear.adapter.map { (linear, $0) }
        }
        return nil
    }
}

extension SequenceClassifier.Layer {
    /// One of the seven projections.
    func linear(_ kind: ProjectionKind) -> LoRALinear {
        switch kind {
        case .qProj: attention.qProj
        case .kProj: attention.kProj
        case .vProj: attention.vProj
        case .oProj: attention.oProj
        case .gateProj: mlp.gateProj
        case .upProj: mlp.upProj
        case .downProj: mlp.downProj
        }
    }
}
