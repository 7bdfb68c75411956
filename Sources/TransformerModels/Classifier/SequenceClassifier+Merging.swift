public import CheckpointIO
import TensorCore

extension SequenceClassifier {
    /// How many elements of a merged tensor are worked on at a time.
    private static let pieceSize = 1 << 20

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

    /// Lends a tensor of the merged model, `W + scaling * B A` where there is an adapter, computed in fp32.
    ///
    /// It comes in pieces of some megabytes, in row-major order, and what was read of the base leaves memory again,
    /// so that a model of any size is merged in little memory.
    public func forEachMergedPiece(of name: String, _ body: ([Float]) throws -> Void) throws {
        if name == "score.weight" { return try body(backend.values(of: head.score)) }
        let source = base.prefix.isEmpty ? String(name.dropFirst(6)) : name
        guard let (linear, adapter) = adapted(name) else {
            return try base.source.forEachPiece(of: source, elementLimit: Self.pieceSize, body)
        }
        let weight = linear.base.weight
        let step = max(1, Self.pieceSize / max(1, weight.columns))
        let storage = try backend.makeStorage(count: min(step, weight.rows) * weight.columns)
        for start in stride(from: 0, to: weight.rows, by: step) {
            let rows = start..<min(start + step, weight.rows)
            let merged = Tensor(storage, rows: rows.count, columns: weight.columns)
            backend.copy(weight.rows(rows), to: merged)
            backend.matmul(
                adapter.loraB.rows(rows), transposeLeft: false, adapter.loraA, transposeRight: false,
                alpha: adapter.scaling, beta: 1, output: merged)
            try body(backend.values(of: merged))
        }
        try base.source.release(source)
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
