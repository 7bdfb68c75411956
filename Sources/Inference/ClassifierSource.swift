package import CheckpointIO
import ClassificationData
import JSONCore
import Platform
import TransformerModels

/// A trained classifier on disk, without its base: a checkpoint, an APR file, or a PEFT adapter; or a full model, which
/// is its own base.
package struct ClassifierSource {
    /// The given path.
    package let path: String
    /// The classifier's description; nil for a PEFT adapter or a full model, whose labels are those of its base.
    package let description: ModelDescription?
    /// What the configuration of the base decided when the classifier was trained; nil where that is not recorded.
    let baseConfig: JSONObject?
    /// The adapter's settings.
    package let adapter: AdapterConfig
    /// Whether it is a full model: its adapters, if it had any, are in its weights.
    package let isFullModel: Bool
    /// The trained tensors under this project's names.
    package let tensors: [String: NamedTensor]
    /// The directory with the tokenizer, if the source has one.
    package let tokenizerDirectory: String?
    /// The tokenizer in that directory, open.
    let tokenizerFile: MappedFile?
    /// The hashes of the training texts, if the source has a training state.
    let trainingTexts: TrainingTexts?
    /// How it decides, and what else `metadata.json` says of its use.
    let settings: InferenceSettings
    /// The directory of the source.
    package let directory: String

    /// Reads the classifier at a path.
    ///
    /// - Throws: `ClassifierError`, or `FileError` for a damaged checkpoint.
    package init(path: String) throws {
        if try FileStatus.of(path, followingLinks: true)?.kind == .file {
            try self.init(aprFile: path)
            return
        }
        let names = try CheckpointFiles.names(in: path)
        if names.contains("model.apr") || names.contains(Manifest.fileName) {
            try self.init(checkpoint: path)
        } else if names.contains(AdapterConfig.fileName) {
            try self.init(adapter: path)
        } else if let model = try FullClassifier(directory: path) {
            self.init(model)
        } else {
            throw try Self.refusal(path)
        }
    }

    private init(_ model: FullClassifier) {
        isFullModel = true
        path = model.directory
        directory = model.directory
        description = nil
        adapter = AdapterConfig(baseModelNameOrPath: model.directory, rank: 1, loraAlpha: 1)
        tensors = model.head
        settings = InferenceSettings(beside: model.directory, labels: nil)
        baseConfig = nil
        tokenizerDirectory = model.directory
        tokenizerFile = nil
        trainingTexts = nil
    }

    /// What a directory holds instead of a classifier.
    private static func refusal(_ path: String) throws -> ClassifierError {
        for name in ["adapter_model.safetensors", "adapter_model.bin"] where try exists(name, in: path) {
            return .adapterWithoutConfig(path: path, file: name)
        }
        guard try exists("config.json", in: path) else { return .notACheckpoint(path: path) }
        let config = TokenizerFiles.object("config.json", in: path)
        let isClassifier = config?["architectures"]?.array?.first?.string?.hasSuffix(
            "ForSequenceClassification")
        return .fullModel(path: path, isClassifier: isClassifier ?? false)
    }

    private init(aprFile path: String) throws {
        let file = try APRFile(path: path)
        let description = try ModelDescription(file)
        isFullModel = false
        self.path = path
        self.description = description
        directory = path.parentDirectory
        var adapter = description.adapter
        // The other files of the checkpoint say where the base was; the file itself holds no path.
        if let neighbour = try? AdapterConfig(directory: directory) {
            adapter.baseModelNameOrPath = neighbour.baseModelNameOrPath
            adapter.revision = neighbour.revision
        }
        self.adapter = adapter
        tensors = try Self.tensors(of: file)
        baseConfig = description.base.config
        settings = InferenceSettings(beside: directory, labels: description.labels.names)
        tokenizerDirectory = nil
        tokenizerFile = nil
        trainingTexts = TrainingTexts(checkpoint: directory)
    }

    private init(checkpoint path: String) throws {
        // Only what the verifier has opened is read: training may put a newer checkpoint under the name of this one.
        let report = CheckpointVerifier.verify(directory: path)
        if let problem = report.problems.first { throw problem }
        func content(_ name: String) throws -> MappedFile {
            try report.contents[name] ?? MappedFile(path: path.appendingComponent(name))
        }
        let file = try report.model ?? APRFile(file: content("model.apr"))
        let description = try ModelDescription(file)
        let adapterFile = try content(AdapterConfig.fileName)
        let stored = try AdapterConfig(
            bytes: adapterFile.withUnsafeBytes { Array($0) }, path: adapterFile.path)
        isFullModel = false
        self.path = path
        self.description = description
        directory = path
        var adapter = description.adapter
        adapter.baseModelNameOrPath = stored.baseModelNameOrPath
        adapter.revision = stored.revision
        self.adapter = adapter
        tensors = try Self.tensors(of: file)
        // Checkpoints of version 0.1 have it only in their config.json, which holds the base's.
        baseConfig = try description.base.config ?? ModelConfig.read(content("config.json")).identity
        settings = InferenceSettings(
            metadata: try? content(InferenceSettings.fileName).withUnsafeBytes {
                try JSONParser.parse($0)
            }.object)
        tokenizerDirectory = path
        tokenizerFile = try content("tokenizer.json")
        trainingTexts = report.trainingState.flatMap(TrainingTexts.init(state:))
    }

    private init(adapter path: String) throws {
        // This comes first because its error names the unsupported setting as the user wrote it.
        adapter = try AdapterConfig(directory: path)
        let weights = "adapter_model.safetensors"
        if try !Self.exists(weights, in: path) {
            for name in ["adapter_model.bin", "adapter_model.pt"] where try Self.exists(name, in: path) {
                throw ClassifierError.foreignAdapter(path: path, file: name)
            }
        }
        let file = try SafetensorsFile(path: path.appendingComponent(weights))
        var tensors: [String: NamedTensor] = [:]
        for key in file.orderedNames {
            guard let name = AdapterNaming.name(peftKey: key) else {
                throw ClassifierError.wrongWeights(
                    path: file.file.path, fact: "tensor \(key) is not supported")
            }
            tensors[name] = try Self.tensor(key, named: name, of: file)
        }
        isFullModel = false
        self.path = path
        description = nil
        settings = InferenceSettings()
        baseConfig = nil
        directory = path
        self.tensors = tensors
        tokenizerDirectory = try Self.exists("tokenizer.json", in: path) ? path : nil
        tokenizerFile = try tokenizerDirectory.map {
            try MappedFile(path: $0.appendingComponent("tokenizer.json"))
        }
        trainingTexts = nil
    }

    /// The number of classes: the rows of the head.
    ///
    /// - Throws: `ClassifierError.wrongWeights` without a head.
    package func numLabels() throws -> Int {
        guard let head = tensors[AdapterNaming.decoder.headName], head.shape.count == 2, head.shape[0] > 0
        else {
            throw ClassifierError.wrongWeights(path: path, fact: "there is no classification head")
        }
        return head.shape[0]
    }

    private static func tensors(of file: APRFile) throws -> [String: NamedTensor] {
        var tensors: [String: NamedTensor] = [:]
        for name in file.orderedNames {
            tensors[name] = try tensor(name, named: name, of: file)
        }
        return tensors
    }

    /// A tensor of a file under a name of this project's.
    ///
    /// - Throws: `FileError` if it holds a NaN or an infinity.
    private static func tensor(
        _ key: String, named name: String, of file: some TensorFile
    ) throws(FileError) -> NamedTensor {
        let values = try file.floats(of: key)
        guard values.withUnsafeBufferPointer({ $0.isFinite() }) else {
            throw FileError(TensorProblem.notFinite(name: key), path: file.file.path)
        }
        return NamedTensor(name: name, shape: try file.tensor(key).readable?.shape ?? [], values: values)
    }

    private static func exists(_ name: String, in directory: String) throws -> Bool {
        try FileStatus.of(directory.appendingComponent(name), followingLinks: true)?.kind == .file
    }
}

/// A model with a head for classification, as `apr merge` and transformers' `…ForSequenceClassification` write it.
private struct FullClassifier {
    let directory: String
    /// The head's tensors under this project's names, which are transformers'.
    let head: [String: NamedTensor]

    /// Nil when the directory holds no such model.
    init?(directory: String) throws {
        guard
            try FileStatus.of(directory.appendingComponent("config.json"), followingLinks: true)?.kind
                == .file, let config = try? ModelConfig.load(directory: directory)
        else { return nil }
        let source = try ShardedSafetensors(directory: directory)
        let names = config.architecture.names
        guard source.tensors[names.headWeight] != nil else { return nil }
        var head: [String: NamedTensor] = [:]
        for name in [names.headWeight] + (config.hasHeadBias ? [names.headBias] : []) {
            guard let info = source.tensors[name] else { continue }
            head[name] = NamedTensor(name: name, shape: info.shape, values: try source.floats(of: name))
        }
        self.directory = directory
        self.head = head
    }
}
