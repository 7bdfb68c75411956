public import CheckpointIO
public import TensorCore

/// A base model with LoRA adapters and a classification head: transformers' `…ForSequenceClassification` under PEFT.
///
/// Weights change only through `store`; passes with different workspaces may run at once as long as nobody trains.
public final class SequenceClassifier: Sendable {
    /// One layer's two halves.
    struct Layer: Sendable {
        let attention: AttentionBlock
        let mlp: MLPBlock
    }

    /// The frozen part.
    public let base: BaseModel
    /// The number of labels, `K`.
    public let numLabels: Int
    /// The adapters' settings.
    public let adapter: AdapterConfig
    /// The trained part: `lora.{i}.{projection}.lora_a` `[R, in]`, `.lora_b` `[out, R]`, and `score.weight` `[K, D]`.
    public let store: ParameterStore

    let layers: [Layer]
    let head: HeadBlock
    let plan: AdapterPlan
    /// The layer below which nothing is trained.
    let firstTrainedLayer: Int

    /// The device.
    public var backend: any Backend { base.backend }

    /// A classifier with fresh adapters: A uniform in ±1/sqrt(in), B zero, the head normal with deviation 0.02.
    ///
    /// Every value is a pure function of the seed and the parameter's name. A base that is itself a classifier with as
    /// many labels lends its head instead.
    ///
    /// - Parameters:
    ///   - numLabels: the number of classes or labels, at least 1.
    ///   - maxSequenceLength: the longest text that will be passed, which sizes the rotary table.
    public init(
        base: BaseModel, numLabels: Int, adapter: AdapterConfig, seed: UInt64, maxSequenceLength: Int? = nil
    ) throws {
        self.base = base
        self.numLabels = numLabels
        self.adapter = adapter
        plan = try AdapterPlan(adapter, model: base.config)
        store = try ParameterStore(
            layout: Self.layout(plan, config: base.config, numLabels: numLabels), backend: base.backend)
        let positions = min(
            maxSequenceLength ?? base.config.maxPositionEmbeddings, base.config.maxPositionEmbeddings)
        let rotary = try RotaryEmbedding.table(
            base.config.rope, headDim: base.config.headDim, positions: positions, backend: base.backend)
        let assembly = BlockAssembly(base: base, plan: plan, store: store, rotary: rotary)
        layers = assembly.layers
        head = assembly.head
        firstTrainedLayer = plan.entries.map(\.layer).min() ?? base.config.numHiddenLayers
        initialize(seed: seed)
    }

    private static func layout(
        _ plan: AdapterPlan, config: ModelConfig, numLabels: Int
    ) -> [(name: String, rows: Int, columns: Int)] {
        let adapters = plan.entries.flatMap { entry in
            let (rows, columns) = entry.kind.shape(config)
            return [
                (entry.name + ".lora_a", entry.rank, columns), (entry.name + ".lora_b", rows, entry.rank),
            ]
        }
        return adapters + [("score.weight", numLabels, config.hiddenSize)]
    }

    private func initialize(seed: UInt64) {
        for slot in store.slots where !slot.name.hasSuffix(".lora_b") {
            let random = CounterRandom(seed: seed, stream: slot.name)
            let values: [Float]
            if slot.name == "score.weight" {
                if let score = base.pretrainedScore, score.rows == numLabels {
                    values = score.values
                } else {
                    values = (0..<slot.count).map { 0.02 * random.normal(at: UInt64($0)) }
                }
            } else {
                let bound = 1 / Float(slot.columns).squareRoot()
                values = (0..<slot.count).map { (2 * random.uniform(at: UInt64($0)) - 1) * bound }
            }
            store.setValues(values, of: slot, in: .parameters)
        }
    }
}

/// Puts frozen weights and adapters together.
private struct BlockAssembly {
    let layers: [SequenceClassifier.Layer]
    let head: HeadBlock

    init(base: BaseModel, plan: AdapterPlan, store: ParameterStore, rotary: RotaryTable) {
        let config = base.config
        let slots = Dictionary(uniqueKeysWithValues: store.slots.map { ($0.name, $0) })
        func parameters(_ name: String) -> (value: Tensor, gradient: Tensor) {
            guard let slot = slots[name] else { preconditionFailure("no slot \(name) in the store") }
            return (store.parameters(slot), store.gradients(slot))
        }
        let adapters = Dictionary(
            uniqueKeysWithValues: plan.entries.map { entry in
                let (a, b) = (parameters(entry.name + ".lora_a"), parameters(entry.name + ".lora_b"))
                return (
                    entry.name,
                    LoRAWeights(
                        loraA: a.value, loraB: b.value, dLoraA: a.gradient, dLoraB: b.gradient,
                        scaling: entry.scaling, module: entry.module)
                )
            })
        let eps = Float(config.rmsNormEps)
        layers = base.layers.enumerated().map { index, layer in
            func linear(_ kind: ProjectionKind) -> LoRALinear {
                guard let weights = layer.projections[kind] else {
                    preconditionFailure("no \(kind) in a layer")
                }
                return LoRALinear(base: weights, adapter: adapters["lora.\(index).\(kind.rawValue)"])
            }
            return SequenceClassifier.Layer(
                attention: AttentionBlock(
                    inputNorm: layer.inputNorm, qProj: linear(.qProj), kProj: linear(.kProj),
                    vProj: linear(.vProj), oProj: linear(.oProj), queryNorm: layer.queryNorm,
                    keyNorm: layer.keyNorm,
                    shape: AttentionShape(
                        queryHeads: config.numAttentionHeads, keyValueHeads: config.numKeyValueHeads,
                        headSize: config.headDim, slidingWindow: config.slidingWindows[index]),
                    rotary: rotary, eps: eps),
                mlp: MLPBlock(
                    postAttentionNorm: layer.postAttentionNorm, gateProj: linear(.gateProj),
                    upProj: linear(.upProj), downProj: linear(.downProj), eps: eps))
        }
        let score = parameters("score.weight")
        head = HeadBlock(finalNorm: base.finalNorm, score: score.value, dScore: score.gradient, eps: eps)
    }
}
