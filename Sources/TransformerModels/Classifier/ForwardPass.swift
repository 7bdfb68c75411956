import TensorCore

/// Runs one micro-batch forward through the layers.
struct ForwardPass {
    /// What the forward pass keeps of a layer.
    enum KeptLayer {
        /// Nothing: neither it nor a layer below is trained.
        case nothing
        /// Its input: the backward pass computes the layer again.
        case input(Tensor)
        case activations(attention: KeptActivations, mlp: KeptActivations)
    }

    /// What the last layer and the head keep.
    struct KeptEnd {
        let attention, mlp, head: KeptActivations
    }

    let model: SequenceClassifier
    let context: PassContext
    let rotary: RotaryTable?
    let recomputesLayers: Bool
    /// One entry for every layer but the last.
    private(set) var layers: [KeptLayer] = []
    private(set) var end: KeptEnd?

    init(
        model: SequenceClassifier, context: PassContext, rotary: RotaryTable?, recomputesLayers: Bool = false
    ) {
        self.model = model
        self.context = context
        self.rotary = rotary
        self.recomputesLayers = recomputesLayers
    }

    private var backend: any Backend { model.backend }
    private var workspace: Workspace { context.workspace }

    /// Runs all layers and the head.
    ///
    /// - Returns: `[B, K]`, fp32.
    mutating func logits() throws -> Tensor {
        var hiddenStates = try hiddenStateTensor(rows: context.batch.tokenCount)
        try backend.embeddingBlock(model.base.embedding, context: context, output: hiddenStates)
        for (index, layer) in model.layers.dropLast().enumerated() {
            if !context.keepsActivations || index < model.firstTrainedLayer {
                try advance(hiddenStates, to: hiddenStates, through: layer)
                layers.append(.nothing)
            } else if recomputesLayers {
                let input = hiddenStates
                hiddenStates = try hiddenStateTensor(rows: input.rows)
                try advance(input, to: hiddenStates, through: layer)
                layers.append(.input(input))
            } else {
                let output = try hiddenStateTensor(rows: hiddenStates.rows)
                layers.append(try run(layer, hiddenStates, output: output))
                hiddenStates = output
            }
        }
        return try runEnd(hiddenStates)
    }

    /// A layer's attention with the positions of this pass.
    func attention(of layer: SequenceClassifier.Layer) -> AttentionBlock {
        var block = layer.attention
        block.rotary = rotary
        return block
    }

    /// Runs a layer and keeps its activations.
    func run(_ layer: SequenceClassifier.Layer, _ input: Tensor, output: Tensor) throws -> KeptLayer {
        let middle = try hiddenStateTensor(rows: input.rows)
        let attention = try backend.attentionBlock(
            input, block: attention(of: layer), context: context, output: middle)
        let mlp = try backend.mlpBlock(middle, block: layer.mlp, context: context, output: output)
        return .activations(attention: attention, mlp: mlp)
    }

    /// Runs a layer and keeps nothing; `output` may be the input.
    private func advance(_ input: Tensor, to output: Tensor, through layer: SequenceClassifier.Layer) throws {
        let context = context.keepingNothing
        let mark = workspace.mark
        defer { workspace.release(to: mark) }
        let middle = try hiddenStateTensor(rows: input.rows)
        _ = try backend.attentionBlock(input, block: attention(of: layer), context: context, output: middle)
        _ = try backend.mlpBlock(middle, block: layer.mlp, context: context, output: output)
    }

    /// Runs the last layer and the head, at the pooled rows.
    private mutating func runEnd(_ hiddenStates: Tensor) throws -> Tensor {
        let (layer, pooled) = (model.layers[model.layers.count - 1], context.pooled)
        let B = context.batch.sequenceCount
        let logits = try workspace.tensor(rows: B, columns: model.numLabels, elementType: .float32)
        let (middle, output) = (try hiddenStateTensor(rows: B), try hiddenStateTensor(rows: B))
        let attention = try backend.pooledAttentionBlock(
            hiddenStates, block: attention(of: layer), context: context, output: middle)
        let mlp = try backend.mlpBlock(middle, block: layer.mlp, context: pooled, output: output)
        let head = try context.measure(.head) {
            try backend.headBlock(output, block: model.head, context: pooled, logits: logits)
        }
        end = KeptEnd(attention: attention, mlp: mlp, head: head)
        return logits
    }

    /// Hidden states of this many rows, or their gradient.
    func hiddenStateTensor(rows: Int) throws -> Tensor {
        try workspace.tensor(rows: rows, columns: model.base.config.hiddenSize)
    }
}
