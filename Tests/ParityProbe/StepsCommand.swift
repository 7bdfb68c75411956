import FineTuning
import Foundation
import JSONCore
import TensorCore
import TransformerModels

/// `steps`: optimizer steps over given batches, as HF Trainer takes them; prints loss, rate and norm of each.
enum StepsCommand {
    static func run(_ arguments: [String]) throws -> Bool {
        guard arguments.first == "steps", arguments.count == 5 else { return false }
        let model = try ProbeModel(base: arguments[1], adapter: arguments[2], request: arguments[3])
        let document = model.request.document
        var config = TrainingConfig()
        config.learningRate = document["learning_rate"]?.double ?? config.learningRate
        config.lrScheduler = document["scheduler"]?.string.flatMap(TrainingConfig.LRScheduler.init) ?? .cosine
        let totalSteps = document["total_steps"]?.int ?? model.request.batches.count
        config.warmupRatio = Double(document["warmup_steps"]?.int ?? 0) / Double(totalSteps)
        let schedule = LRSchedule(config: config, totalSteps: totalSteps)
        let store = model.classifier.store
        var steps: [JSONValue] = []
        for (step, batch) in model.request.batches.enumerated() {
            guard let targets = batch.labels else { continue }
            store.zeroGradients()
            let (loss, _) = try model.forwardBackward(
                batch, targets: targets, mask: model.request.mask(step: step))
            let norm = model.classifier.backend.sumOfSquares(store.gradients).squareRoot()
            let rate = schedule.rate(atStep: step)
            store.update(
                AdamWStep(
                    learningRate: rate, weightDecay: document["weight_decay"]?.double ?? 0.01, step: step + 1),
                gradientScale: GradientClipping.scale(
                    norm: norm, maximum: document["max_grad_norm"]?.double ?? 1))
            steps.append([
                "step": JSONValue(step), "loss": JSONValue(loss), "learning_rate": JSONValue(rate),
                "grad_norm": JSONValue(norm),
            ])
        }
        let text = JSONValue(["steps": JSONValue(steps)] as JSONObject).encoded(.pretty)
        try Data(text.utf8).write(to: URL(fileURLWithPath: arguments[4]))
        return true
    }
}
