import CheckpointIO
import ClassificationData
import JSONCore
import Platform

/// `training_state.apr`: everything that resuming needs besides the weights in `model.apr`.
struct TrainingStateFile: Sendable {
    /// The file's name in a checkpoint.
    static let name = TrainingTexts.fileName
    /// The version of the file's format: its members, and what they mean.
    static let schemaVersion = 1

    let progress: TrainingProgress
    let config: TrainingConfig
    let identity: RunIdentity
    let numerics: String
    /// The version of the arithmetic that led here; nil where version 0.1 wrote the file, which did not note it.
    let arithmeticVersion: Int?
    let trainingTexts: TrainingTexts?
    /// The open file, for reading the moments.
    private let file: APRFile

    /// The moments, and the hashes of the training texts, as tensors of the file.
    static func tensors(_ snapshot: CheckpointSnapshot, trainingTexts: TrainingTexts) -> [NamedTensor] {
        func renamed(_ tensors: [NamedTensor], _ prefix: String) -> [NamedTensor] {
            tensors.map { NamedTensor(name: prefix + $0.name, shape: $0.shape, values: $0.values) }
        }
        return renamed(snapshot.firstMoments, "optimizer.m.")
            + renamed(snapshot.secondMoments, "optimizer.v.")
            + (trainingTexts.tensor.map { [$0] } ?? [])
    }

    /// The file's metadata.
    static func metadata(
        progress: TrainingProgress, config: TrainingConfig, identity: RunIdentity, numerics: String
    ) -> JSONObject {
        [
            "model_type": "training_state", "apr_schema_version": JSONValue(schemaVersion),
            "progress": .object(progress.json), "config": .object(config.json),
            "identity": .object(identity.json), "numerics": .string(numerics),
            "arithmetic_version": JSONValue(ArithmeticVersion.current),
        ]
    }

    /// Reads a checkpoint's training state.
    ///
    /// - Parameter patience: the patience of the resumed run; nil keeps the file's.
    /// - Throws: `FileError`, or `TrainingError.badRunFile` naming what is missing.
    init(checkpoint directory: String, patience: Int? = nil) throws {
        let path = directory.appendingComponent(Self.name)
        let file = try APRFile(path: path)
        let metadata = file.metadata
        func bad(_ fact: String) -> TrainingError { .badRunFile(path: path, fact: fact) }
        guard metadata.count("apr_schema_version") == Self.schemaVersion else {
            let version = metadata["apr_schema_version"].map { $0.encoded() } ?? "missing"
            throw bad("its format version is \(version), this program reads \(Self.schemaVersion)")
        }
        guard let settings = metadata["config"]?.object, let identity = metadata["identity"]?.object,
            let numerics = metadata["numerics"]?.string
        else { throw bad("settings are missing") }
        config = try TrainingConfig(json: settings)
        guard
            let progress = metadata["progress"]?.object.flatMap({
                [patience = patience ?? config.earlyStoppingPatience] in
                TrainingProgress(json: $0, patience: patience)
            })
        else { throw bad("the progress is missing or damaged") }
        self.progress = progress
        self.identity = RunIdentity(json: identity)
        self.numerics = numerics
        arithmeticVersion = metadata.count("arithmetic_version")
        trainingTexts = (try? file.floats(of: TrainingTexts.tensorName)).flatMap(
            TrainingTexts.init(values:))
        self.file = file
    }

    /// The moments of a tensor: the first, then the second.
    ///
    /// - Throws: `FileError` when they are missing.
    func moments(of name: String) throws(FileError) -> (first: [Float], second: [Float]) {
        (try file.floats(of: "optimizer.m." + name), try file.floats(of: "optimizer.v." + name))
    }
}
