import TensorCore

/// Runs one micro-batch backward through the layers and adds its gradients to the store.
struct BackwardPass {
    private let forward: ForwardPass
    private let model: SequenceClassifier
    private let context: PassContext

    /// The backward pass of a forward pass that has kept its activations.
    init(_ forward: ForwardPass) {
        self.forward = forward
        model = forward.model
        context = forward.context
    }

    private var backend: any Backend { model.backend }

    /// - Parameter dLogits: the gradient of the loss, `[B, K]`.
    func run(dLogits: Tensor) throws {
        guard let end = forward.end else { preconditionFailure("backward before forward") }
        let dPooled = try forward.hiddenStateTensor(rows: context.batch.sequenceCount)
        try context.measure(.head) {
            try backend.headBlockBackward(
                dLogits: dLogits, kept: end.head, block: model.head, context: context.pooled,
                dHiddenStates: dPooled)
        }
        let dHiddenStates = try forward.hiddenStateTensor(rows: context.batch.tokenCount)
        let top = model.layers.count - 1
        try backend.mlpBlockBackward(
            dHiddenStates: dPooled, kept: end.mlp, block: model.layers[top].mlp, context: context.pooled)
        try backend.pooledAttentionBlockBackward(
            dPooled: dPooled, kept: end.attention, block: forward.attention(of: model.layers[top]),
            context: context,
            dHiddenStates: dHiddenStates, needsInputGradient: top > model.firstTrainedLayer)
        for index in forward.layers.indices.reversed() where index >= model.firstTrainedLayer {
            try run(dHiddenStates, through: index)
        }
    }

    private func run(_ dHiddenStates: Tensor, through index: Int) throws {
        let layer = model.layers[index]
        let mark = context.workspace.mark
        defer { context.workspace.release(to: mark) }
        var kept = forward.layers[index]
        if case .input(let input) = kept {
            kept = try forward.run(
                layer, input, output: try forward.hiddenStateTensor(rows: input.rows))
        }
        guard case .activations(let attention, let mlp) = kept else { return }
        try backend.mlpBlockBackward(
            dHiddenStates: dHiddenStates, kept: mlp, block: layer.mlp, context: context)
        try backend.attentionBlockBackward(
            dHiddenStates: dHiddenStates, kept: attention, block: forward.attention(of: layer),
            context: context,
            needsInputGradient: index > model.firstTrainedLayer)
    }
}
