public import TensorCore

/// What a block has kept: filled by the command of its forward pass, read by that of its backward pass.
final class Kept<State: Sendable>: KeptActivations, @unchecked Sendable {
    private var state: State?

    func keep(_ state: State) { self.state = state }

    static func state(of kept: KeptActivations) -> State {
        guard let kept = kept as? Kept, let state = kept.state else {
            preconditionFailure("activations that this block did not keep")
        }
        return state
    }
}

/// Every block, as commands.
extension LazyBackend {
    public func embeddingBlock(_ block: EmbeddingBlock, context: PassContext, output: Tensor) {
        let batch = context.batch.packed
        queue.enqueue { output.store(block.forward(batch)) }
    }

    public func attentionBlock(
        _ hiddenStates: Tensor, block: AttentionBlock, context: PassContext, output: Tensor
    ) -> KeptActivations {
        attend(hiddenStates, AttentionBlockPass(block, context, isPooled: false), context, output)
    }

    public func attentionBlockBackward(
        dHiddenStates: Tensor, kept: KeptActivations, block: AttentionBlock, context: PassContext,
        needsInputGradient: Bool
    ) {
        let pass = AttentionBlockPass(block, context, isPooled: false)
        queue.enqueue {
            dHiddenStates.store(pass.backward(dHiddenStates.matrix, Kept.state(of: kept)))
        }
    }

    public func pooledAttentionBlock(
        _ hiddenStates: Tensor, block: AttentionBlock, context: PassContext, output: Tensor
    ) -> KeptActivations {
        attend(hiddenStates, AttentionBlockPass(block, context, isPooled: true), context, output)
    }

    public func pooledAttentionBlockBackward(
        dPooled: Tensor, kept: KeptActivations, block: AttentionBlock, context: PassContext,
        dHiddenStates: Tensor, needsInputGradient: Bool
    ) {
        let pass = AttentionBlockPass(block, context, isPooled: true)
        queue.enqueue { dHiddenStates.store(pass.backward(dPooled.matrix, Kept.state(of: kept))) }
    }

    public func mlpBlock(
        _ hiddenStates: Tensor, block: MLPBlock, context: PassContext, output: Tensor
    ) -> KeptActivations {
        let pass = MLPBlockPass(block: block, batch: context.batch.packed, mask: context.mask)
        let (kept, keeps) = (Kept<MLPBlockPass.State>(), context.keepsActivations)
        queue.enqueue {
            let result = pass.forward(hiddenStates.matrix)
            output.store(result.output)
            if keeps { kept.keep(result.state) }
        }
        return kept
    }

    public func mlpBlockBackward(
        dHiddenStates: Tensor, kept: KeptActivations, block: MLPBlock, context: PassContext
    ) {
        let pass = MLPBlockPass(block: block, batch: context.batch.packed, mask: context.mask)
        queue.enqueue { dHiddenStates.store(pass.backward(dHiddenStates.matrix, Kept.state(of: kept))) }
    }

    public func headBlock(
        _ hiddenStates: Tensor, block: HeadBlock, context: PassContext, logits: Tensor
    ) -> KeptActivations {
        let pass = HeadBlockPass(block: block, batch: context.batch.packed, mask: context.mask)
        let (kept, keeps) = (Kept<HeadBlockPass.State>(), context.keepsActivations)
        queue.enqueue {
            let result = pass.forward(hiddenStates.matrix)
            logits.store(result.logits)
            if keeps { kept.keep(result.state) }
        }
        return kept
    }

    public func headBlockBackward(
        dLogits: Tensor, kept: KeptActivations, block: HeadBlock, context: PassContext, dHiddenStates: Tensor
    ) {
        let pass = HeadBlockPass(block: block, batch: context.batch.packed, mask: context.mask)
        queue.enqueue { dHiddenStates.store(pass.backward(dLogits.matrix, Kept.state(of: kept))) }
    }

    public func classificationLoss(
        logits: Tensor, targets: LossTargets, loss: LossFunction, normalizer: Double, dLogits: Tensor,
        totals: LossTotals
    ) {
        queue.enqueue {
            let (values, labels) = (logits.matrix.values, logits.columns)
            let result = loss.evaluate(
                logits: values, targets: targets, numLabels: labels, normalizer: normalizer)
            dLogits.store(Matrix(rows: dLogits.rows, columns: labels, values: result.dLogits))
            totals.add(
                loss: result.loss, rightCount: targets.rightCount(logits: values, numLabels: labels))
        }
    }

    public func loraLinear(_ input: Tensor, layer: LoRALinear, context: PassContext, output: Tensor) {
        let pass = LinearPass(layer: layer, batch: context.batch.packed, mask: context.mask)
        queue.enqueue { output.store(pass.forward(input.matrix)) }
    }

    public func loraLinearBackward(
        dOutput: Tensor, input: Tensor, layer: LoRALinear, context: PassContext, dInput: Tensor?, beta: Float
    ) {
        let pass = LinearPass(layer: layer, batch: context.batch.packed, mask: context.mask)
        queue.enqueue {
            let gradient = pass.backward(dOutput.matrix, input: input.matrix)
            guard let dInput else { return }
            // The output's content is undefined where beta is zero.
            dInput.store(
                beta == 0 ? gradient : dInput.matrix.combined(with: gradient) { beta * $0 + $1 })
        }
    }

    private func attend(
        _ hiddenStates: Tensor, _ pass: AttentionBlockPass, _ context: PassContext, _ output: Tensor
    ) -> KeptActivations {
        let (kept, keeps) = (Kept<AttentionBlockPass.State>(), context.keepsActivations)
        queue.enqueue {
            let result = pass.forward(hiddenStates.matrix)
            output.store(result.output)
            if keeps { kept.keep(result.state) }
        }
        return kept
    }
}

extension AttentionBlockPass {
    init(_ block: AttentionBlock, _ context: PassContext, isPooled: Bool) {
        self.init(block: block, batch: context.batch, mask: context.mask, isPooled: isPooled)
    }
}
