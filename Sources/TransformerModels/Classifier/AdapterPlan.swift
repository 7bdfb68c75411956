import CheckpointIO

/// Which projections carry an adapter, of what rank and scale.
struct AdapterPlan {
    /// One adapter.
    struct Entry {
        let layer: Int
        let kind: ProjectionKind
        let rank: Int
        let scaling: Float

        /// The number that keys the dropout masks.
        var module: Int {
            layer * ProjectionKind.allCases.count + (ProjectionKind.allCases.firstIndex(of: kind) ?? 0)
        }

        /// The name in this project's files, without the matrix.
        var name: String { "lora.\(layer).\(kind.rawValue)" }
    }

    /// The adapters, by layer and in the order of the projections.
    let entries: [Entry]

    /// What a configuration selects in a model.
    ///
    /// - Throws: `ModelError.adapter` when it selects nothing.
    init(_ adapter: AdapterConfig, model: ModelConfig) throws {
        let matcher = try AdapterMatcher(adapter)
        var entries: [Entry] = []
        for layer in 0..<model.numHiddenLayers {
            for kind in ProjectionKind.allCases {
                let path = kind.path(layer: layer)
                guard matcher.targets(path) else { continue }
                entries.append(
                    Entry(
                        layer: layer, kind: kind, rank: matcher.rank(of: path),
                        scaling: Float(matcher.scaling(of: path))))
            }
        }
        guard !entries.isEmpty else {
            throw ModelError.adapter(
                reason: """
                    the adapter's target modules match no projection of the model; \
                    choose from \(ProjectionKind.allCases.map(\.rawValue).joined(separator: ", ")) or all-linear
                    """)
        }
        self.entries = entries
    }
}
