import CheckpointIO
import TensorCore

/// Combines frozen weights and trained parameters into the blocks of the model's description.
struct BlockAssembly {
    let layers: [SequenceClassifier.Layer]
    let head: HeadBlock
    let rotary: GrowingRotaryTable?

    init(base: BaseModel, plan: AdapterPlan, store: ParameterStore, maxSequenceLength: Int) throws {
        let config = base.config
        let slots = Dictionary(uniqueKeysWithValues: store.slots.map { ($0.name, $0) })
        func trained(_ name: String) -> (value: Tensor, gradient: Tensor) {
            guard let slot = slots[name] else { preconditionFailure("no slot \(name) in the store") }
            return (store.parameters(slot), store.gradients(slot))
        }
        var adapters: [[Projection: LoRAWeights]] = Array(repeating: [:], count: config.numHiddenLayers)
        for entry in plan.entries {
            let (a, b) = (trained(entry.loraA), trained(entry.loraB))
            adapters[entry.layer][entry.projection] = LoRAWeights(
                loraA: a.value, loraB: b.value, dLoraA: a.gradient, dLoraB: b.gradient,
                scaling: entry.scaling,
                module: entry.maskKey)
        }
        if case .rotary(let parameters) = config.positions {
            rotary = GrowingRotaryTable(
                parameters, headDim: config.headDim, limit: maxSequenceLength, backend: base.backend)
        } else {
            rotary = nil
        }
        layers = base.layers.enumerated().map { index, layer in
            func optional(_ projection: Projection) -> LoRALinear? {
                layer.projections[projection].map {
                    LoRALinear(base: $0, adapter: adapters[index][projection])
                }
            }
            func linear(_ projection: Projection) -> LoRALinear {
                guard let linear = optional(projection) else {
                    preconditionFailure("a layer without \(projection)")
                }
                return linear
            }
            return SequenceClassifier.Layer(
                attention: AttentionBlock(
                    norms: layer.attentionNorms, qProj: linear(.query), kProj: linear(.key),
                    vProj: linear(.value), oProj: linear(.output), queryNorm: layer.queryNorm,
                    keyNorm: layer.keyNorm, shape: config.attentionShape(layer: index), rotary: nil),
                mlp: MLPBlock(
                    norms: layer.mlpNorms, gateProj: optional(.gate), upProj: linear(.up),
                    downProj: linear(.down), activation: config.activation))
        }
        let names = config.architecture.names
        let score = trained(names.headWeight)
        var dense: (layer: LoRALinear, activation: Activation)?
        if let weights = base.headDense, let activation = config.headActivation {
            dense = (LoRALinear(base: weights, adapter: nil), activation)
        }
        head = HeadBlock(
            norm: base.finalNorm, dense: dense, score: score.value, dScore: score.gradient,
            bias: config.hasHeadBias ? trained(names.headBias) : nil)
    }
}

extension ModelConfig {
    /// The heads of a layer.
    func attentionShape(layer: Int) -> AttentionShape {
        AttentionShape(
            queryHeads: model.numAttentionHeads, keyValueHeads: model.numKeyValueHeads,
            headDim: model.headDim, isCausal: model.isCausal, slidingWindow: model.slidingWindows[layer])
    }
}

extension SequenceClassifier.Layer {
    /// One of the layer's projections.
    func linear(_ projection: Projection) -> LoRALinear? {
        switch projection {
        case .query: attention.qProj
        case .key: attention.kProj
        case .value: attention.vProj
        case .output: attention.oProj
        case .gate: mlp.gateProj
        case .up: mlp.upProj
        case .down: mlp.downProj
        }
    }
}
