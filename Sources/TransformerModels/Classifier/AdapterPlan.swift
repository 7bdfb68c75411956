import CheckpointIO

/// The projections that have an adapter, with its rank and scale.
struct AdapterPlan {
    /// One adapter.
    struct Entry {
        let layer: Int
        let projection: Projection
        let module: AdapterNaming.Module
        let rank: Int
        let scaling: Float
        /// The number that keys the dropout masks.
        let maskKey: Int
        /// The path of the projection in transformers, such as `model.layers.3.self_attn.q_proj`.
        let path: String
        /// The names of the two matrices in this project's files.
        let loraA, loraB: String
    }

    /// The adapters, by layer and in the order of the projections.
    let entries: [Entry]

    /// No adapters.
    static var none: AdapterPlan { AdapterPlan(entries: []) }

    private init(entries: [Entry]) { self.entries = entries }

    /// The adapters that a configuration selects in a model.
    ///
    /// - Throws: `ModelError.adapter` when it selects nothing.
    init(_ adapter: AdapterConfig, model: ModelConfig) throws {
        let matcher = try AdapterMatcher(adapter)
        let names = model.architecture.names
        var entries: [Entry] = []
        for layer in 0..<model.numHiddenLayers {
            for projection in model.model.projections {
                guard let module = names.projections[projection] else { continue }
                let path = names.adapters.moduleName(layer: layer, module: module)
                guard matcher.targets(path) else { continue }
                func name(_ matrix: AdapterNaming.Matrix) -> String {
                    names.adapters.name(.init(layer: layer, module: module, matrix: matrix))
                }
                entries.append(
                    Entry(
                        layer: layer, projection: projection, module: module, rank: matcher.rank(of: path),
                        scaling: Float(matcher.scaling(of: path)),
                        maskKey: layer * Projection.allCases.count + projection.rawValue, path: path,
                        loraA: name(.a), loraB: name(.b)))
            }
        }
        guard !entries.isEmpty else {
            throw ModelError.adapter(
                reason: """
                    the adapter's target modules match no projection of the model; \
                    choose from \(names.adapters.modules.map(\.name).joined(separator: ", ")) or all-linear
                    """)
        }
        self.entries = entries
    }
}
