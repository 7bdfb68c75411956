public import ClassificationData
import Inference
import Synchronization
public import TensorCore
public import TextTokenization
public import TransformerModels

/// Fine-tunes a base model into a text classifier with LoRA, and writes checkpoints while it goes.
///
/// ```swift
/// let trainer = try ClassifyTrainer.fromPretrained(
///     "path/to/base", config: TrainingConfig(checkpointDir: "./checkpoints"), backend: Device.auto.makeBackend())
/// let result = try trainer.train(try ClassifyDataset.load("corpus.jsonl"))
/// ```
///
/// Training computes on the calling thread until it is done. It prints nothing: progress goes out as
/// `TrainingEvent`s. Cancelling the task it runs in, or `stop()`, ends it after the step under way with a complete
/// `last/`, from which it can be resumed.
public final class ClassifyTrainer: Sendable {
    /// The base model.
    public let base: BaseModel
    /// The base's tokenizer.
    public let tokenizer: Tokenizer
    /// The settings.
    public let config: TrainingConfig
    /// The processes that train together.
    public let collective: any Collective
    /// What tests replace: the clock, files and validation.
    package let hooks: TrainingHooks
    /// What the base is, where that was found out while it was loaded.
    private let identity: BaseIdentity?
    private let isStopping = Atomic<Bool>(false)

    /// A trainer for a base that is loaded already.
    ///
    /// - Parameter collective: the processes that train together.
    /// - Throws: `ConfigError` naming every setting that cannot be.
    public convenience init(
        base: BaseModel, tokenizer: Tokenizer, config: TrainingConfig,
        collective: any Collective = SingleProcess()
    ) throws {
        try self.init(
            base: base, tokenizer: tokenizer, config: config, hooks: TrainingHooks(), collective: collective)
    }

    package init(
        base: BaseModel, tokenizer: Tokenizer, config: TrainingConfig, hooks: TrainingHooks,
        identity: BaseIdentity? = nil, collective: any Collective = SingleProcess()
    ) throws {
        self.base = base
        // Texts are cut here and never padded, whatever the file asks for.
        self.tokenizer = tokenizer.withoutTruncationAndPadding()
        self.config = try config.validated()
        self.hooks = hooks
        self.identity = identity
        self.collective = collective
    }

    /// A trainer for the base model in a HuggingFace directory.
    ///
    /// - Parameters:
    ///   - directory: holds `config.json`, the weights and `tokenizer.json`; or the id of a model on the Hub that
    ///     lies in HuggingFace's cache.
    ///   - config: the settings.
    ///   - backend: where the arithmetic runs.
    ///   - progress: receives the share of the weights read, from 0 to 1: to load them, and for
    ///     their hash where it is not known yet.
    /// - Throws: `ConfigError`, `ModelError`, `FileError` or a tokenizer's error.
    public static func fromPretrained(
        _ directory: String, config: TrainingConfig = TrainingConfig(), backend: any Backend,
        progress: ((Double) -> Void)? = nil
    ) throws -> ClassifyTrainer {
        let config = try config.validated()
        let directory = BaseLocator.directory(named: directory) ?? directory
        let tokenizer = try Tokenizer(directory: directory)
        let base = try BaseModel.load(directory: directory, backend: backend, progress: progress)
        let identity = try BaseIdentity(
            directory: base.directory, weightFiles: base.weightFiles, progress: progress)
        return try ClassifyTrainer(
            base: base, tokenizer: tokenizer, config: config, hooks: TrainingHooks(), identity: identity)
    }

    /// What training on this data would do, without doing it.
    ///
    /// - Throws: as `train`, but for what concerns the output directory.
    public func plan(_ dataset: ClassifyDataset, validation: ClassifyDataset? = nil) throws -> TrainingPlan {
        let setup = try TrainingSetup(
            config: config, base: base, tokenizer: tokenizer, dataset: dataset, validation: validation)
        let model = try setup.makeModel()
        return setup.plan(model: model, memory: try setup.memoryPlan(for: model))
    }

    /// Trains.
    ///
    /// - Parameters:
    ///   - dataset: the corpus, of which `config.valSplit` validates.
    ///   - validation: validation data of its own, with the same classes; the corpus is then not split.
    ///   - mode: what to do when the output directory holds a run already. `RunDirectory.check` tells before any
    ///     data is read whether it does.
    ///   - profile: where the time of the steps is charged, if anybody asks: see `makeProfile`.
    ///   - onEvent: receives what happens, on the training thread.
    /// - Returns: how the run ended.
    /// - Throws: `TrainingError`, `DatasetError`, `FileError` or a tokenizer's error. The best checkpoint on
    ///   disk stays valid whatever is thrown.
    @discardableResult
    public func train(
        _ dataset: ClassifyDataset, validation: ClassifyDataset? = nil, mode: RunMode = .fresh,
        profile: OperationProfile? = nil, onEvent: @escaping (TrainingEvent) -> Void = { _ in }
    ) throws -> TrainingResult {
        if collective.isMain { try RunDirectory.check(config.checkpointDir, mode: mode) }
        let setup = try TrainingSetup(
            config: config, base: base, tokenizer: tokenizer, dataset: dataset, validation: validation
        ) { onEvent(.working($0)) }
        let model = try setup.makeModel()
        let memory = try setup.memoryPlan(for: model)
        let composer = try CheckpointComposer(setup: setup, memory: memory, identity: identity)
        // Only now, when data and base are known to be usable, is a run that is to be overwritten touched.
        let directory = try RunDirectory(
            opening: config.checkpointDir, mode: mode, fileSystem: hooks.fileSystem,
            isWriter: collective.isMain)
        let run = TrainingRun(
            setup: setup, model: model, memory: memory, composer: composer, directory: directory,
            hooks: hooks, collective: collective, profile: profile, emit: onEvent,
            shouldStop: { self.isStopping.load(ordering: .relaxed) || Task.isCancelled })
        do {
            try run.prepare(mode: mode)
            return try run.run()
        } catch {
            // What went wrong is what the caller should hear of, whether or not a checkpoint under way can be completed
            // and the log still takes a line.
            try? run.collectFinishedSaves(waiting: true)
            try? run.closeMetrics(.failed(error))
            throw error
        }
    }

    /// A profile in the time of the trainer's device, for one call of `train`.
    public func makeProfile() -> OperationProfile {
        OperationProfile(clock: base.backend.makeOperationClock())
    }

    /// Trains, with the events as a stream; ending the iteration early stops the training in an orderly way.
    ///
    /// Parameters and errors are those of `train`.
    public func events(
        training dataset: ClassifyDataset, validation: ClassifyDataset? = nil, mode: RunMode = .fresh
    ) -> AsyncThrowingStream<TrainingEvent, any Error> {
        AsyncThrowingStream { continuation in
            let task = Task.detached {
                do {
                    try self.train(dataset, validation: validation, mode: mode) { continuation.yield($0) }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    /// Asks training to end after the step under way, with a complete `last/`; training that has not begun ends
    /// before its first step. A trainer that was stopped stays so. Safe in any thread.
    public func stop() { isStopping.store(true, ordering: .relaxed) }
}
