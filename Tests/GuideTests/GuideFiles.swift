import FineTuning
import Foundation
import TensorCore
import TestSupport

/// The files that the guides need: a base, a corpus and an output directory.
struct GuideFiles {
    fileprivate let directory: TemporaryDirectory
    /// The tiny base of the command line's tests.
    let base: String
    let corpus: String
    let output: String

    init() throws {
        directory = try TemporaryDirectory()
        base =
            URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Fixtures/command-line/base").path
        let rows = (0..<40).map { row in
            row % 2 == 0
                ? #"{"input": "cp \"$a\#(row)\" \"$b\"", "label": "safe"}"#
                : #"{"input": "rm -rf $dir\#(row)", "label": "unsafe"}"#
        }
        corpus = try directory.write(rows.joined(separator: "\n") + "\n", to: "corpus.jsonl")
        output = directory("checkpoints")
    }
}

extension GuideFiles {
    /// The settings of a short run.
    func config(epochs: Int) -> TrainingConfig {
        var config = TrainingConfig(checkpointDir: output)
        config.epochs = Double(epochs)
        config.batchSize = 8
        return config
    }

    /// The tiny base under another `model_type`.
    func base(withModelType name: String) throws -> String {
        let copy = URL(fileURLWithPath: try directory.makeDirectory("base"))
        for file in try FileManager.default.contentsOfDirectory(atPath: base) where file != "config.json" {
            try FileManager.default.copyItem(
                at: URL(fileURLWithPath: base).appendingPathComponent(file),
                to: copy.appendingPathComponent(file))
        }
        let config = try String(contentsOfFile: base + "/config.json", encoding: .utf8)
        let changed = config.replacingOccurrences(
            of: #""model_type": "qwen2""#, with: "\"model_type\": \"\(name)\"")
        try Data(changed.utf8).write(to: copy.appendingPathComponent("config.json"))
        return copy.path
    }

    /// Trains for a few steps and predicts two texts.
    func train(on backend: any Backend) throws -> (losses: [Double], logits: [Float]) {
        let output = output + "-\(type(of: backend))"
        var config = TrainingConfig(checkpointDir: output)
        config.maxSteps = 4
        config.batchSize = 4
        config.loraRank = 2
        config.loraDropout = 0.1
        config.learningRate = 1e-3
        config.targetModules = ["all-linear"]
        let trainer = try ClassifyTrainer.fromPretrained(base, config: config, backend: backend)
        var losses: [Double] = []
        try trainer.train(try ClassifyDataset.load(path: corpus)) { event in
            if case .step(let step) = event { losses.append(step.loss) }
        }
        let classifier = try Classifier.load(output + "/last", backend: backend)
        return (losses, try classifier.logits(["rm -rf $dir", "ls"]))
    }
}
