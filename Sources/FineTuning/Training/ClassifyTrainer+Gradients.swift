package import ClassificationData
import TensorCore
import TransformerModels

extension ClassifyTrainer {
    /// The loss and gradients of one effective batch on fresh adapters whose B is not zero, for tests of how
    /// batches are cut.
    ///
    /// - Parameters:
    ///   - indices: the examples of the batch.
    ///   - step: the number of the step, which keys its dropout masks.
    package func gradients(
        _ dataset: ClassifyDataset, indices: [Int], step: Int
    ) throws -> (loss: Double, gradients: [[Float]]) {
        let setup = try TrainingSetup(
            config: config, base: base, tokenizer: tokenizer, dataset: dataset, validation: nil)
        let model = try setup.makeModel()
        for slot in model.store.slots where slot.name.hasSuffix("lora_b") {
            let random = CounterRandom(seed: config.seed, stream: slot.name)
            model.store.setValues(
                (0..<slot.count).map { random.uniform(at: UInt64($0)) - 0.5 }, of: slot, in: .parameters)
        }
        let pass = TrainingStep(
            model: model, data: setup.train, loss: setup.loss, config: config, padTokenID: setup.padToken.id,
            workspace: base.backend.makeWorkspace(), memory: try setup.memoryPlan(for: model),
            collective: SingleProcess(), profile: nil)
        let loss = try pass.accumulateGradients(indices: indices, step: step).totals.loss
        return (loss, model.store.slots.map { model.store.gradientValues(of: $0) })
    }
}
