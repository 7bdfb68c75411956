public import CheckpointIO
import TensorCore

extension SequenceClassifier {
    /// How many elements of a merged tensor are worked on at a time.
    private static let pieceSize = 1 << 20

    private var names: TensorNames { base.config.architecture.names }

    /// The tensors of the merged model, as transformers names them: the backbone and the head, without the
    /// language-model head.
    public var mergedTensors: [TensorDeclaration] {
        let heads = store.slots.filter { names.adapters.headNames.contains($0.name) }
        let backbone = base.source.orderedNames.compactMap { name -> TensorDeclaration? in
            guard name != "lm_head.weight", !heads.contains(where: { $0.name == name }),
                let info = base.source.tensors[name]
            else { return nil }
            let merged = base.prefix.isEmpty ? names.prefix + name : name
            return TensorDeclaration(name: merged, dtype: .float32, shape: info.shape)
        }
        return backbone
            + heads.map {
                TensorDeclaration(name: $0.name, dtype: .float32, shape: $0.shape)
            }
    }

    /// Lends a tensor of the merged model, `W + scaling * B A` where there is an adapter, computed in fp32.
    ///
    /// It comes in pieces of some megabytes, in row-major order. Pages of the base leave memory after use, so that a
    /// model of any size is merged in little memory.
    public func forEachMergedPiece(of name: String, _ body: ([Float]) throws -> Void) throws {
        if names.adapters.headNames.contains(name), let slot = store.slot(named: name) {
            return try body(backend.values(of: store.parameters(slot)))
        }
        let source = base.prefix.isEmpty ? String(name.dropFirst(names.prefix.count)) : name
        guard let (linear, adapter) = adapted(name) else {
            return try base.source.forEachPiece(of: source, elementLimit: Self.pieceSize, body)
        }
        let weight = linear.base.weight
        let step = max(1, Self.pieceSize / max(1, weight.columns))
        let storage = try backend.makeStorage(count: min(step, weight.rows) * weight.columns)
        for start in stride(from: 0, to: weight.rows, by: step) {
            let rows = start..<min(start + step, weight.rows)
            let merged = Tensor(storage, rows: rows.count, columns: weight.columns)
            backend.decodeRows(rows, of: weight, output: merged)
            backend.matmul(
                adapter.loraB.rows(rows), transposeLeft: false, adapter.loraA, transposeRight: false,
                alpha: adapter.scaling, beta: 1, output: merged)
            try body(backend.values(of: merged))
        }
        try base.source.release(source)
    }

    private func adapted(_ name: String) -> (LoRALinear, LoRAWeights)? {
        for entry in plan.entries where name == entry.path + ".weight" {
            guard let linear = layers[entry.layer].linear(entry.projection), let adapter = linear.adapter
            else { continue }
            return (linear, adapter)
        }
        return nil
    }
}
