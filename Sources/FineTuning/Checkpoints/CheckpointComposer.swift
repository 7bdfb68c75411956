import CheckpointIO
import ClassificationData
import Inference
import JSONCore
import ModelCards
import Platform
import TransformerModels

/// Turns a snapshot of a run into a checkpoint's files. Everything that stays the same during a run is computed once.
struct CheckpointComposer: Sendable {
    let base: BaseModel
    let description: ModelDescription
    /// The base's name in `adapter_config.json`: its Hub id or its directory.
    let baseReference: String
    let tokenizerFiles: TokenizerFiles
    let padToken: PadToken
    let config: TrainingConfig
    let dataHash: String
    let classWeights: [Double]?
    let identity: RunIdentity
    /// The settings that fix the order of floating-point operations.
    let numerics: String
    /// The hashes of the texts that were trained on, those of an earlier corpus of the run included.
    var trainingTexts: TrainingTexts
    let trainExamples: Int
    let validationExamples: Int
    /// How many validation examples have a text that is trained on.
    var validationOverlap: Int
    /// How many examples of each class there are on either side.
    let trainLabelCounts: [Int]
    let validationLabelCounts: [Int]
    /// How the rows of the corpus were read.
    let layout: RowLayout
    /// The licence in the base's card.
    let baseLicense: String?
    /// The run's own number: see `RunRecord.runID`.
    var runID: String?

    /// Writes a checkpoint; an older one with that name is kept until the new one is complete.
    ///
    /// - Parameter isResumable: whether it gets what training resumes from.
    /// - Returns: the manifest, and why the older checkpoint could not be removed, if so.
    /// - Throws: `FileError`; the older checkpoint is then still there.
    func write(
        _ snapshot: CheckpointSnapshot, to path: String, isResumable: Bool, fileSystem: any FileSystem
    ) throws -> CheckpointDirectoryWriter.Outcome {
        let writer = try CheckpointDirectoryWriter(destination: path, fileSystem: fileSystem)
        try writer.add(name: "model.safetensors") { sink in
            try SafetensorsWriter.write(
                snapshot.parameters + [guardTensor], metadata: ["format": "pt"], to: &sink)
        }
        try writer.add(name: "model.apr") { sink in
            try APRWriter.write(snapshot.parameters, metadata: modelMetadata(snapshot), to: &sink)
        }
        try writer.add(name: "adapter_model.safetensors") { sink in
            try SafetensorsWriter.write(
                peftTensors(snapshot.parameters), metadata: ["format": "pt"], to: &sink)
        }
        try writer.add(name: AdapterConfig.fileName, bytes: description.adapter.encoded())
        try writer.add(name: "config.json", text: ClassifierConfigFile.text(base: base.config, description))
        for file in tokenizerFiles.files {
            switch file.content {
            case .copy(let source): try writer.copy(file: source, as: file.name)
            case .text(let text): try writer.add(name: file.name, text: text)
            }
        }
        let metadata = metadata(snapshot)
        try writer.add(
            name: InferenceSettings.fileName, text: JSONValue.object(metadata).encoded(.pretty) + "\n")
        if isResumable {
            try writer.add(name: TrainingStateFile.name) { sink in
                try APRWriter.write(
                    TrainingStateFile.tensors(snapshot, trainingTexts: trainingTexts),
                    metadata: stateMetadata(snapshot.progress), to: &sink)
            }
        }
        try writer.add(name: "README.md", text: card(metadata, checkpoint: path).text)
        return try writer.commit()
    }

    /// An empty tensor with a name that every base has.
    ///
    /// transformers loads a directory with `config.json` and `model.safetensors` as a full model. Ours holds only the
    /// trained weights: without this tensor, transformers would fill the rest with random weights; with it, loading
    /// fails.
    private var guardTensor: NamedTensor {
        NamedTensor(name: base.config.architecture.names.guardTensor, shape: [0], values: [])
    }

    /// The approximate size of a checkpoint's constant files.
    var fixedByteCount: Int {
        let copies = tokenizerFiles.files.reduce(0) { sum, file in
            guard case .copy(let path) = file.content else { return sum }
            return sum + ((try? FileStatus.of(path, followingLinks: true))?.byteCount ?? 0)
        }
        return copies + (1 << 16)
    }

    private func peftTensors(_ tensors: [NamedTensor]) -> [NamedTensor] {
        tensors.map { tensor in
            guard let key = base.config.architecture.names.adapters.peftKey(name: tensor.name) else {
                preconditionFailure("no PEFT key for \(tensor.name)")
            }
            return NamedTensor(name: key, shape: tensor.shape, values: tensor.values)
        }
    }

    private func modelMetadata(_ snapshot: CheckpointSnapshot) -> JSONObject {
        let model = base.config
        var metadata: JSONObject = [
            "model_type": "adapter", "name": .string(description.base.name),
            "architecture": .string(model.architecture.classifierClass),
            "param_count": JSONValue(snapshot.parameters.reduce(0) { $0 + $1.values.count }),
            "hidden_size": JSONValue(model.hiddenSize), "num_layers": JSONValue(model.numHiddenLayers),
            "num_heads": JSONValue(model.numAttentionHeads),
            "num_kv_heads": JSONValue(model.numKeyValueHeads),
            "vocab_size": JSONValue(model.vocabSize), "intermediate_size": JSONValue(model.intermediateSize),
            "max_position_embeddings": JSONValue(model.maxPositionEmbeddings),
            "head_dim": JSONValue(model.headDim), "rms_norm_eps": JSONValue(model.normEps),
            "rope_theta": model.ropeTheta.map { JSONValue($0) } ?? .null,
            "lora_rank": JSONValue(config.loraRank),
            "lora_alpha": JSONValue(config.loraAlpha), "data_hash": .string(dataHash),
            "seed": .string(String(config.seed)),
            "provenance": ["tool": .string("apr \(ProductVersion.current)")],
            "class_weights": classWeights.map { .array($0.map { JSONValue($0) }) } ?? .null,
        ]
        for member in description.json { metadata[member.key] = member.value }
        for member in CheckpointMetrics.json(snapshot.progress) { metadata[member.key] = member.value }
        return metadata
    }

    private func metadata(_ snapshot: CheckpointSnapshot) -> JSONObject {
        var metadata: JSONObject = ["schema_version": JSONValue(ModelDescription.schemaVersion)]
        for member in CheckpointMetrics.json(snapshot.progress) { metadata[member.key] = member.value }
        let timing = snapshot.timing
        metadata["samples_per_second"] = JSONValue(timing.samplesPerSecond)
        metadata["tokens_per_second"] = JSONValue(timing.tokensPerSecond)
        metadata["seconds"] = JSONValue(timing.seconds)
        metadata["created_at"] = .string(timing.createdAt)
        metadata["class_weights"] = classWeights.map { .array($0.map { JSONValue($0) }) } ?? .null
        metadata["labels"] = JSONValue(description.labels.names)
        metadata["train_examples"] = JSONValue(trainExamples)
        metadata["validation_examples"] = JSONValue(validationExamples)
        metadata["validation_overlap"] = JSONValue(validationOverlap)
        metadata["base_head_labels"] = base.headLabelCount.map { JSONValue($0) } ?? .null
        metadata["seed"] = .string(String(config.seed))
        metadata["data_hash"] = .string(dataHash)
        metadata["base_model"] = .object(description.base.json)
        metadata["numerics"] = .string(numerics)
        metadata["versions"] = ["apr": .string(ProductVersion.current)]
        metadata["problem_type"] = .string(description.problemType.configName)
        metadata["train_label_counts"] = .array(trainLabelCounts.map { JSONValue($0) })
        metadata["validation_label_counts"] = .array(validationLabelCounts.map { JSONValue($0) })
        metadata["base_license"] = baseLicense.map { .string($0) } ?? .null
        for member in layout.json { metadata[member.key] = member.value }
        metadata["settings"] = .object(settings)
        metadata["history"] = .array(snapshot.progress.history.map { .object($0.json) })
        metadata["best_epoch"] = snapshot.progress.tracker.best.map { JSONValue($0.epoch) } ?? .null
        metadata["validation_report"] = snapshot.validationResult?.report.map { .object($0) } ?? .null
        metadata["decision"] = snapshot.validationResult?.decision.map { .object($0) } ?? .null
        metadata["hardware"] = .string(Hardware.name)
        metadata[RunRecord.runIDKey] = runID.map { .string($0) } ?? .null
        return metadata
    }

    /// The settings that decide the weights, without paths.
    private var settings: JSONObject {
        [
            "epochs": SettingFormat<Double>.wholeOrFraction.encode(config.epochs),
            "effective_batch_size": JSONValue(config.effectiveBatchSize),
            "learning_rate": JSONValue(config.learningRate),
            "lr_scheduler": .string(config.lrScheduler.rawValue),
            "warmup_ratio": JSONValue(config.warmupRatio), "weight_decay": JSONValue(config.weightDecay),
            "max_grad_norm": JSONValue(config.maxGradNorm),
            "label_smoothing": JSONValue(config.labelSmoothing),
            "lora_rank": JSONValue(config.loraRank), "lora_alpha": JSONValue(config.loraAlpha),
            "lora_dropout": JSONValue(config.loraDropout), "use_rslora": .bool(config.useRSLoRA),
            "target_modules": JSONValue(config.resolvedTargetModules),
            "max_seq_length": JSONValue(description.maxSeqLength),
        ]
    }

    private func stateMetadata(_ progress: TrainingProgress) -> JSONObject {
        TrainingStateFile.metadata(
            progress: progress, config: config, identity: identity, numerics: numerics)
    }

    /// The model card of a checkpoint.
    private func card(_ metadata: JSONObject, checkpoint: String) -> ModelCard {
        ModelCard(
            description: description, metadata: metadata,
            references: ModelCard.References(
                base: baseReference, baseRevision: description.base.revision,
                checkpoint: RealPath.ofNew(checkpoint), license: baseLicense))
    }
}

/// The metrics of a snapshot for a checkpoint's metadata.
enum CheckpointMetrics {
    static func json(_ progress: TrainingProgress) -> JSONObject {
        func value(_ number: Double?) -> JSONValue { number.map { JSONValue($0) } ?? .null }
        let validation = progress.lastEvaluation
        return [
            "epoch": JSONValue(progress.epoch), "step": JSONValue(progress.step),
            "train_loss": value(progress.trainLoss), "train_accuracy": value(progress.trainAccuracy),
            "val_loss": value(validation?.loss), "val_accuracy": value(validation?.accuracy),
            "val_macro_f1": value(validation?.macroF1), "learning_rate": JSONValue(progress.learningRate),
        ]
    }
}
