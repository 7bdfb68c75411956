import CheckpointIO
public import ClassificationData
import Inference
import Platform
import Synchronization
public import TensorCore
public import TextTokenization
public import TransformerModels

/// Fine-tunes a base model into a text classifier with LoRA, and writes checkpoints during training.
///
/// ```swift
/// let trainer = try ClassifyTrainer.fromPretrained(
///     "path/to/base", config: TrainingConfig(checkpointDir: "./checkpoints"), backend: Device.auto.makeBackend())
/// let result = try trainer.train(try ClassifyDataset.load("corpus.jsonl"))
/// ```
///
/// Training runs on the calling thread. It prints nothing and reports its progress as `TrainingEvent`s. Cancelling
/// its task, or `stop()`, ends it after the current step with a complete `last/`, from which it can be resumed.
public final class ClassifyTrainer: Sendable {
    /// The base model.
    public let base: BaseModel
    /// The base's tokenizer.
    public let tokenizer: Tokenizer
    /// The settings as they were given; rules choose others when the corpus is known.
    public let config: TrainingConfig
    /// The processes that train together.
    public let collective: any Collective
    /// What tests replace: the clock, files and validation.
    package let hooks: TrainingHooks
    private let isStopping = Atomic<Bool>(false)

    /// A trainer for a loaded base.
    ///
    /// - Parameter collective: the processes that train together.
    /// - Throws: `ConfigError` naming every invalid setting.
    public convenience init(
        base: BaseModel, tokenizer: Tokenizer, config: TrainingConfig,
        collective: any Collective = SingleProcess()
    ) throws {
        try self.init(
            base: base, tokenizer: tokenizer, config: config, hooks: TrainingHooks(), collective: collective)
    }

    package init(
        base: BaseModel, tokenizer: Tokenizer, config: TrainingConfig, hooks: TrainingHooks,
        collective: any Collective = SingleProcess()
    ) throws {
        try base.config.checkTraining(directory: base.directory)
        self.base = base
        // Training truncates texts itself and never pads them, so the tokenizer file's settings do not apply.
        self.tokenizer = tokenizer.withoutTruncationAndPadding()
        self.config = try config.validated()
        self.hooks = hooks
        self.collective = collective
    }

    /// A trainer for the base model in a HuggingFace directory.
    ///
    /// - Parameters:
    ///   - directory: holds `config.json`, the weights and `tokenizer.json`; or the Hub id of a model in
    ///     HuggingFace's cache.
    ///   - config: the settings.
    ///   - backend: where the arithmetic runs.
    ///   - progress: receives the share of the weights read, from 0 to 1.
    /// - Throws: `ConfigError`, `ModelError`, `FileError` or a tokenizer's error.
    public static func fromPretrained(
        _ directory: String, config: TrainingConfig = TrainingConfig(), backend: any Backend,
        progress: ((Double) -> Void)? = nil
    ) throws -> ClassifyTrainer {
        let config = try config.validated()
        let directory = BaseLocator.directory(named: directory) ?? directory
        try BaseDirectoryKind.check(directory)
        let tokenizer = try Tokenizer(directory: directory)
        let base = try BaseModel.load(directory: directory, backend: backend, progress: progress)
        return try ClassifyTrainer(base: base, tokenizer: tokenizer, config: config)
    }

    /// The plan for training on this data, without training; one or two steps are timed for it.
    ///
    /// - Throws: as `train`, except for errors of the output directory.
    public func plan(_ dataset: ClassifyDataset, validation: ClassifyDataset? = nil) throws -> TrainingPlan {
        let setup = try TrainingSetup(
            config: config, base: base, tokenizer: tokenizer, dataset: dataset, validation: validation)
        let model = try setup.makeModel()
        let memory = try setup.memoryPlan(for: model)
        let seconds = try setup.secondsEstimate(model: model, memory: memory, now: hooks.now)
        return setup.plan(model: model, memory: memory, secondsEstimate: seconds)
    }

    /// The rows that `train` learns from, and those that it validates on, in the order of its predictions for them.
    ///
    /// - Throws: `DatasetError` if the corpus cannot be split.
    public func rows(
        of dataset: ClassifyDataset, validation: ClassifyDataset? = nil
    ) throws(DatasetError) -> (training: [Example], validation: [Example]) {
        let split = try TrainingSetup.split(dataset, config: config, validation: validation)
        return (
            split.train.map { dataset.examples[$0] },
            validation?.examples ?? split.validation.map { dataset.examples[$0] }
        )
    }

    /// Trains.
    ///
    /// - Parameters:
    ///   - dataset: the corpus, of which `config.valSplit` validates.
    ///   - validation: separate validation data with the same classes; the corpus is then not split.
    ///   - mode: what to do when the output directory already holds a run. `RunDirectory.check` tells whether it does
    ///     before any data is read.
    ///   - profile: measures the steps, if given: see `makeProfile`.
    ///   - onEvent: receives events, on the training thread.
    /// - Returns: how the run ended.
    /// - Throws: `TrainingError`, `DatasetError`, `FileError` or a tokenizer's error. The best checkpoint on disk
    ///   stays valid after any error.
    @discardableResult
    public func train(
        _ dataset: ClassifyDataset, validation: ClassifyDataset? = nil, mode: RunMode = .fresh,
        profile: OperationProfile? = nil, onEvent: @escaping (TrainingEvent) -> Void = { _ in }
    ) throws -> TrainingResult {
        if collective.isMain { try RunDirectory.check(config.checkpointDir, mode: mode) }
        // Every byte of the base is hashed while the texts are tokenized. Nothing is written before the hash is known.
        let identity = BackgroundWork<Result<BaseIdentity, any Error>>(name: "apr.base-hash")
        let hashed = Locked(0.0)
        identity.start { [base] in
            Result { try BaseIdentity(of: base) { share in hashed.withLock { $0 = share } } }
        }
        var config = config
        if mode.isResuming { config.supply(from: try RunRecord.load(directory: config.checkpointDir).config) }
        let setup = try TrainingSetup(
            config: config, base: base, tokenizer: tokenizer, dataset: dataset, validation: validation
        ) { onEvent(.working($0)) }
        let model = try setup.makeModel()
        let memory = try setup.memoryPlan(for: model)
        let composer = try CheckpointComposer(
            setup: setup, memory: memory,
            identity: wait(for: identity, share: { hashed.withLock { $0 } }, onEvent).get())
        // Data and base are usable, so a run that is to be overwritten may be moved now.
        let directory = try RunDirectory(
            opening: config.checkpointDir, mode: mode, fileSystem: hooks.fileSystem,
            isWriter: collective.isMain)
        let run = TrainingRun(
            setup: setup, model: model, memory: memory, composer: composer, directory: directory,
            hooks: hooks, collective: collective, profile: profile, emit: onEvent,
            shouldStop: { self.isStopRequested })
        do {
            try run.prepare(mode: mode)
            return try run.run()
        } catch {
            // Errors of a pending save or of the log must not hide the error that ended training.
            try? run.collectFinishedSaves(waiting: true)
            try? run.closeMetrics(.failed(error))
            throw error
        }
    }

    /// Waits for the hash of the base, and says how far it is.
    private func wait(
        for identity: BackgroundWork<Result<BaseIdentity, any Error>>, share: () -> Double,
        _ onEvent: (TrainingEvent) -> Void
    ) -> Result<BaseIdentity, any Error> {
        let total = base.source.mappedFiles.reduce(0) { $0 + $1.byteCount }
        while true {
            if let outcome = identity.take(within: 0.1) { return outcome }
            onEvent(.hashingBase(doneBytes: Int(share() * Double(total)), totalBytes: total))
        }
    }

    /// A profile with the clock of the trainer's device, for one call of `train`.
    public func makeProfile() -> OperationProfile {
        OperationProfile(clock: base.backend.makeOperationClock())
    }

    /// Trains, with the events as a stream; ending the iteration early stops training as `stop()` does.
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

    /// Asks training to end after the current step, with a complete `last/`; training that has not started ends
    /// before its first step. A stopped trainer cannot be started again. Safe in any thread.
    public func stop() { isStopping.store(true, ordering: .relaxed) }

    var isStopRequested: Bool { isStopping.load(ordering: .relaxed) || Task.isCancelled }
}
