import FineTuning
import JSONCore
import Platform
import Reporting

/// Writes a run's figures for TensorBoard as they come.
final class TensorBoardLog {
    private let directory: String
    private var file: EventFile?

    init(directory: String) { self.directory = directory }

    /// Takes note of an event.
    func record(_ event: TrainingEvent) throws(FileError) {
        switch event {
        case .started(let plan): try start(plan)
        case .resumed(let report): try file?.addRestart(afterStep: report.step)
        case .step(let report):
            try file?.add(
                step: report.step,
                [
                    ("train/loss", report.loss), ("train/accuracy", report.accuracy),
                    ("train/learning_rate", report.learningRate), ("train/grad_norm", report.gradientNorm),
                    ("train/tokens_per_second", report.tokensPerSecond),
                    ("train/memory_gib", Double(report.peakMemory) / Double(1 << 30)),
                ])
        case .evaluated(let report):
            try file?.add(
                step: report.step,
                [
                    ("eval/loss", report.loss), ("eval/accuracy", report.accuracy),
                    ("eval/macro_f1", report.macroF1),
                ])
        case .epoch(let report):
            try file?.add(
                step: report.epoch,
                [
                    ("epoch/train_loss", report.trainLoss), ("epoch/train_accuracy", report.trainAccuracy),
                    ("epoch/seconds", report.seconds),
                ])
        case .finished(let result): try end(succeeded: result.reason != .interrupted)
        case .predicted, .hashingBase, .working, .saved, .warning: break
        }
    }

    /// Says how the run ended, and closes the file.
    func end(succeeded: Bool) throws(FileError) {
        guard let file else { return }
        self.file = nil
        try file.addEnd(succeeded: succeeded)
        try file.close()
    }

    private func start(_ plan: TrainingPlan) throws(FileError) {
        let file = try EventFile(directory: directory)
        self.file = file
        var settings = plan.config.json
        settings["base"] = .string(plan.baseName)
        settings["data_hash"] = .string(plan.dataHash)
        try file.add(
            hyperparameters: settings, metrics: ["eval/loss", "eval/accuracy", "eval/macro_f1", "train/loss"])
        try file.add(
            text: PlanText(plan: plan).lines.map { "    " + $0 }.joined(separator: "\n"), tag: "plan")
    }
}
