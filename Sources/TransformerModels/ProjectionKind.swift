public import CheckpointIO

/// One of the seven projections of a decoder layer: what an adapter can be put on.
public typealias ProjectionKind = AdapterNaming.Module

extension ProjectionKind {
    /// The number of outputs and inputs.
    func shape(_ config: ModelConfig) -> (rows: Int, columns: Int) {
        let queryWidth = config.numAttentionHeads * config.headDim
        let keyWidth = config.numKeyValueHeads * config.headDim
        return switch self {
        case .qProj: (queryWidth, config.hiddenSize)
        case .kProj, .vProj: (keyWidth, config.hiddenSize)
        case .oProj: (config.hiddenSize, queryWidth)
        case .gateProj, .upProj: (config.intermediateSize, config.hiddenSize)
        case .downProj: (config.hiddenSize, config.intermediateSize)
        }
    }

    /// Whether the frozen layer has a bias.
    func hasBias(_ config: ModelConfig) -> Bool {
        switch self {
        case .qProj, .kProj, .vProj: config.hasQKVBias
        case .oProj: config.hasOutputBias
        case .gateProj, .upProj, .downProj: config.hasMLPBias
        }
    }

    /// The module's path in transformers, such as `model.layers.3.self_attn.q_proj`.
    func path(layer: Int) -> String { AdapterNaming.moduleName(layer: layer, module: self) }
}
