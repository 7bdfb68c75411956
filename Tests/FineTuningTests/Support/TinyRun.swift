import BackendCPU
import ClassificationData
import FileHashing
import FineTuning
import Platform
import TensorCore
import TestSupport
import TextTokenization
import TransformerModels

/// A run that takes a fraction of a second: a tiny base, a small corpus, and the reported events.
final class TinyRun {
    let directory: TemporaryDirectory
    let base: BaseModel
    let tokenizer: Tokenizer
    var config: TrainingConfig
    var hooks: TrainingHooks
    private let recorded = EventLog()

    /// The parts of an event that tests check.
    enum Recorded: Sendable, Equatable {
        case step(Int, loss: Double)
        case evaluated(step: Int, loss: Double, isBest: Bool)
        case epoch(Int)
        case saved(CheckpointName, step: Int)
        case warning(TrainingWarning)
        case resumed(from: String)
    }

    init(
        backend: any Backend = CPUBackend(threads: 1), config: TrainingConfig = TinyRun.config,
        hooks: TrainingHooks = TrainingHooks(fileSystem: UnsynchronizedFileSystem()),
        namesPadToken: Bool = true
    ) throws {
        directory = try TemporaryDirectory()
        let path = try TinyBase.write(in: directory, namesPadToken: namesPadToken)
        base = try BaseModel.load(directory: path, backend: backend)
        tokenizer = try Tokenizer(directory: path)
        self.config = config
        self.config.checkpointDir = directory("run")
        self.hooks = hooks
    }

    /// Settings for forty examples: 32 train in four steps per epoch, 8 validate.
    static var config: TrainingConfig {
        TrainingConfig {
            ($0.saveEvery, $0.epochs, $0.maxSeqLength, $0.tokenBudget) = (5, 2, 64, 64)
            ($0.batchSize, $0.gradientAccumulationSteps, $0.learningRate) = (4, 2, 5e-3)
            ($0.loraRank, $0.loraAlpha, $0.targetModules) = (4, 8, ["q_proj", "v_proj"])
        }
    }

    /// Forty short texts of two classes, with lengths that differ.
    static let corpus: ClassifyDataset = {
        let examples = (0..<40).map { number in
            Example(
                text: (number % 2 == 0 ? "rm -rf $dir" : "echo done")
                    + String(repeating: " x", count: number % 7)
                    + " \(number)", label: .index(number % 2), line: number + 1)
        }
        guard let labels = LabelMap(names: ["safe", "unsafe"]) else { preconditionFailure() }
        return ClassifyDataset(examples: examples, labels: labels, problemType: .singleLabel)
    }()

    /// The directory of the run.
    var path: String { config.checkpointDir }

    /// The events reported so far.
    var events: [Recorded] { recorded.entries.withLock { $0 } }

    /// Where the run continued, each time that it was resumed.
    var resumedFrom: [String] {
        events.compactMap { if case .resumed(let path) = $0 { path } else { nil } }
    }

    /// The checkpoints that were reported as saved.
    var saves: [CheckpointName] {
        events.compactMap { if case .saved(let name, _) = $0 { name } else { nil } }
    }

    func makeTrainer() throws -> ClassifyTrainer {
        try ClassifyTrainer(base: base, tokenizer: tokenizer, config: config, hooks: hooks)
    }

    @discardableResult
    func train(
        mode: RunMode = .fresh, corpus: ClassifyDataset = TinyRun.corpus, validation: ClassifyDataset? = nil,
        stoppingAfter step: Int? = nil
    ) throws -> TrainingResult {
        var hooks = hooks
        let next = hooks.afterStep
        let stopper = Stopper(step: step)
        hooks.afterStep = { done in
            next?(done)
            stopper.stop(after: done)
        }
        let trainer = try ClassifyTrainer(base: base, tokenizer: tokenizer, config: config, hooks: hooks)
        stopper.trainer.withLock { $0 = trainer }
        defer { stopper.trainer.withLock { $0 = nil } }
        return try trainer.train(corpus, validation: validation, mode: mode) { [recorded] event in
            guard let entry = Recorded(event) else { return }
            recorded.entries.withLock { $0.append(entry) }
        }
    }

    /// The SHA-256 of every weight file of every checkpoint of a run, by its path in the run.
    static func weightHashes(_ path: String) throws -> [String: String] {
        var hashes: [String: String] = [:]
        for name in try RunDirectory.checkpoints(in: path) {
            for file in ["model.safetensors", "model.apr", "adapter_model.safetensors"] {
                let relativePath = "\(name.directoryName)/\(file)"
                hashes[relativePath] = try FileHash.sha256(path: "\(path)/\(relativePath)", cache: nil)
            }
        }
        return hashes
    }
}

/// Stops a trainer after a step, from its own hook.
private final class Stopper: Sendable {
    let trainer = Locked<ClassifyTrainer?>(nil)
    private let step: Int?

    init(step: Int?) { self.step = step }

    func stop(after done: Int) {
        guard done == step else { return }
        trainer.withLock { $0 }?.stop()
    }
}

extension TinyRun.Recorded {
    init?(_ event: TrainingEvent) {
        switch event {
        case .step(let report): self = .step(report.step, loss: report.loss)
        case .evaluated(let report):
            self = .evaluated(step: report.step, loss: report.loss, isBest: report.isBest)
        case .epoch(let report): self = .epoch(report.epoch)
        case .saved(let report): self = .saved(report.name, step: report.step)
        case .warning(let warning): self = .warning(warning)
        case .resumed(let report): self = .resumed(from: report.checkpoint)
        case .started, .predicted, .hashingBase, .working, .finished: return nil
        }
    }
}

/// Events in the order they came.
private final class EventLog: Sendable {
    let entries = Locked<[TinyRun.Recorded]>([])
}
