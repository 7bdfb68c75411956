public import CheckpointIO
public import TensorCore

/// A base model with LoRA adapters and a classification head: transformers' `…ForSequenceClassification` under PEFT.
///
/// Weights change only through `store`. Passes with different workspaces may run concurrently unless one of them
/// trains.
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
    /// The trained part: `lora.{i}.{projection}.lora_a` `[R, in]`, `.lora_b` `[out, R]`, and the head's `[K, D]`.
    public let store: ParameterStore
    /// The longest text that a pass takes, in tokens.
    public let maxSequenceLength: Int

    let layers: [Layer]
    let head: HeadBlock
    /// The rotary embedding, or nil; a pass gives its layers the table that its texts need.
    let rotary: GrowingRotaryTable?
    let plan: AdapterPlan
    /// The layer below which nothing is trained.
    let firstTrainedLayer: Int

    /// The device.
    public var backend: any Backend { base.backend }

    /// A classifier with fresh adapters: A uniform in ±1/sqrt(in), B zero, the head normal with deviation 0.02.
    ///
    /// Every value is a pure function of the seed and the parameter's name. If the base is itself a classifier with
    /// as many labels, its head is the start instead.
    ///
    /// - Parameters:
    ///   - numLabels: the number of classes or labels, at least 1.
    ///   - maxSequenceLength: the longest text that will be passed.
    ///   - hasAdapters: false for a model that only has a head; `adapter` then counts for nothing.
    public init(
        base: BaseModel, numLabels: Int, adapter: AdapterConfig, seed: UInt64, maxSequenceLength: Int? = nil,
        hasAdapters: Bool = true
    ) throws {
        self.base = base
        self.numLabels = numLabels
        self.adapter = adapter
        plan = hasAdapters ? try AdapterPlan(adapter, model: base.config) : .none
        store = try ParameterStore(
            layout: Self.layout(plan, config: base.config, numLabels: numLabels), backend: base.backend)
        self.maxSequenceLength = min(
            maxSequenceLength ?? base.config.maxPositionEmbeddings, base.config.maxPositionEmbeddings)
        let assembly = try BlockAssembly(
            base: base, plan: plan, store: store, maxSequenceLength: self.maxSequenceLength)
        layers = assembly.layers
        head = assembly.head
        rotary = assembly.rotary
        firstTrainedLayer = plan.entries.map(\.layer).min() ?? base.config.numHiddenLayers
        initialize(seed: seed)
    }

    private static func layout(
        _ plan: AdapterPlan, config: ModelConfig, numLabels: Int
    ) -> [(name: String, shape: [Int])] {
        let adapters = plan.entries.flatMap { entry in
            let (rows, columns) = config.model.shape(of: entry.projection)
            return [(entry.loraA, [entry.rank, columns]), (entry.loraB, [rows, entry.rank])]
        }
        let names = config.architecture.names
        let bias = config.hasHeadBias ? [(names.headBias, [numLabels])] : []
        return adapters + [(names.headWeight, [numLabels, config.hiddenSize])] + bias
    }

    private func initialize(seed: UInt64) {
        let names = base.config.architecture.names
        let pretrained = base.pretrainedHead.flatMap { $0.numLabels == numLabels ? $0 : nil }
        // B matrices and biases start as zero.
        let zero = Set(plan.entries.map(\.loraB))
        for slot in store.slots where !zero.contains(slot.name) {
            let random = CounterRandom(seed: seed, stream: slot.name)
            let values: [Float]
            switch slot.name {
            case names.headWeight:
                values =
                    pretrained?.weight
                    ?? (0..<slot.count).map { 0.02 * random.normal(at: UInt64($0)) }
            case names.headBias:
                guard let bias = pretrained?.bias else { continue }
                values = bias
            default:
                let bound = 1 / Float(slot.columns).squareRoot()
                values = (0..<slot.count).map { (2 * random.uniform(at: UInt64($0)) - 1) * bound }
            }
            store.setValues(values, of: slot, in: .parameters)
        }
    }
}

extension SequenceClassifier {
    /// The dimensions of the model that a device needs to plan its memory.
    ///
    /// - Parameter hasDropout: whether adapters drop features.
    public func shape(hasDropout: Bool) -> ModelShape {
        let model = base.config.model
        var adapters: Set<ModelShape.Adapter> = []
        for entry in plan.entries {
            adapters.insert(
                ModelShape.Adapter(
                    rank: entry.rank, inputSize: model.shape(of: entry.projection).columns,
                    readsActivation: entry.projection == .down))
        }
        let norms = layers.first.map { [$0.attention.norms, $0.mlp.norms] } ?? []
        return ModelShape(
            hiddenSize: model.hiddenSize, intermediateSize: model.intermediateSize, isGated: model.isGated,
            attention: base.config.attentionShape(layer: 0), hasHeadNorms: model.hasHeadNorms,
            keptNormInputs: norms.flatMap { [$0.branch, $0.output] }.count { $0 != nil },
            trainedLayers: max(0, layers.count - 1 - firstTrainedLayer), adapters: Array(adapters),
            trainedParameterCount: store.count, weightByteCount: base.weightByteCount, hasDropout: hasDropout)
    }
}
