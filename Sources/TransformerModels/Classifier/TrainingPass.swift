import TensorCore

/// One micro-batch on its way through the layers and back.
struct TrainingPass {
    /// What the backward pass finds of a layer.
    private enum Kept {
        case nothing
        case input(Tensor)
        case activations(AttentionActivations, MLPActivations)
    }

    private let model: SequenceClassifier
    private let context: PassContext
    private let recomputesLayers: Bool
    private var hiddenStates: Tensor
    /// One entry for every layer but the last.
    private var kept: [Kept] = []
    private var last: LastLayerActivations?

    /// - Parameter input: the embedded rows, `[T, D]`; they are used up.
    init(model: SequenceClassifier, context: PassContext, recomputesLayers: Bool, input: Tensor) {
        self.model = model
        self.context = context
        self.recomputesLayers = recomputesLayers
        hiddenStates = input
    }

    private var backend: any Backend { model.backend }

    mutating func forward() throws -> HeadActivations {
        for (index, layer) in model.layers.dropLast().enumerated() {
            if index < model.firstTrainedLayer {
                try model.advance(hiddenStates, through: layer, context: context)
                kept.append(.nothing)
            } else if recomputesLayers {
                let input = hiddenStates
                hiddenStates = try context.workspace.tensor(rows: input.rows, columns: input.columns)
                backend.copy(input, to: hiddenStates)
                try model.advance(hiddenStates, through: layer, context: context)
                kept.append(.input(input))
            } else {
                let (attention, mlp) = try activations(of: layer, input: hiddenStates)
                hiddenStates = mlp.output
                kept.append(.activations(attention, mlp))
            }
        }
        let last = try model.lastLayer(hiddenStates, context: context)
        self.last = last
        return try OpProfile.measure(.head) {
            try backend.headBlock(last.mlp.output, block: model.head, context: context.pooled)
        }
    }

    /// Adds the gradients to the store.
    ///
    /// - Parameter dLogits: the gradient of the loss, `[B, K]` row by row.
    func backward(dLogits: [Float], head: HeadActivations) throws {
        guard let last else { preconditionFailure("backward before forward") }
        let (workspace, D) = (context.workspace, hiddenStates.columns)
        let upper = try workspace.tensor(rows: context.batch.sequenceCount, columns: model.numLabels)
        dLogits.withUnsafeBufferPointer { backend.upload($0, to: upper) }
        let dPooled = try workspace.tensor(rows: context.batch.sequenceCount, columns: D)
        try OpProfile.measure(.head) {
            try backend.headBlockBackward(
                dLogits: upper, activations: head, block: model.head, context: context.pooled,
                dHiddenStates: dPooled)
        }

        let dHiddenStates = try workspace.tensor(rows: context.batch.tokenCount, columns: D)
        let top = model.layers.count - 1
        try backend.mlpBlockBackward(
            dHiddenStates: dPooled, activations: last.mlp, block: model.layers[top].mlp,
            context: context.pooled)
        try backend.pooledAttentionBlockBackward(
            dPooled: dPooled, activations: last.attention, block: model.layers[top].attention,
            context: context, dHiddenStates: dHiddenStates, needsInputGradient: top > model.firstTrainedLayer)
        for index in kept.indices.reversed() where index >= model.firstTrainedLayer {
            try backward(dHiddenStates, through: index)
        }
    }

    private func backward(_ dHiddenStates: Tensor, through index: Int) throws {
        let layer = model.layers[index]
        let mark = context.workspace.mark
        defer { context.workspace.release(to: mark) }
        let (attention, mlp): (AttentionActivations, MLPActivations)
        switch kept[index] {
        case .nothing: return
        case .input(let input): (attention, mlp) = try activations(of: layer, input: input)
        case .activations(let keptAttention, let keptMLP): (attention, mlp) = (keptAttention, keptMLP)
        }
        try backend.mlpBlockBackward(
            dHiddenStates: dHiddenStates, activations: mlp, block: layer.mlp, context: context)
        try backend.attentionBlockBackward(
            dHiddenStates: dHiddenStates, activations: attention, block: layer.attention, context: context,
            needsInputGradient: index > model.firstTrainedLayer)
    }

    private func activations(
        of layer: SequenceClassifier.Layer, input: Tensor
    ) throws -> (AttentionActivations, MLPActivations) {
        let attention = try backend.attentionBlock(input, block: layer.attention, context: context)
        return (attention, try backend.mlpBlock(attention.output, block: layer.mlp, context: context))
    }
}
