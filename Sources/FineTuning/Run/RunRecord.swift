public import ClassificationData
import FileHashing
import Inference
import JSONCore
import Platform

/// `run.json`: the settings and data that a run was started with.
///
/// Its member `digest` is the SHA-256 of the canonical JSON without that member.
public struct RunRecord: Sendable, Hashable {
    /// The version of the document's layout.
    public static let schemaVersion = 1
    /// The file's name in a run directory.
    public static let fileName = RunDocument.fileName
    private static let sizeLimit = 16 << 20
    /// The member with `runID`, here and in `metadata.json`.
    static let runIDKey = "run_id"

    /// The settings.
    public let config: TrainingConfig
    /// The directory of the base model when the run was started.
    public let baseDirectory: String
    /// What must be the same to resume the run.
    public let identity: RunIdentity
    /// When the run was started, in RFC 3339.
    public let startedAt: String
    /// Where the corpus was read from; nil if it was not a file.
    public internal(set) var data: CorpusSource?
    /// Where separate validation data was read from; nil if there was none.
    public internal(set) var validationData: CorpusSource?
    /// A random number that the run and its checkpoints share, in hexadecimal digits; nil where version 0.1 started the
    /// run and it has not been resumed since.
    public internal(set) var runID: String?
    /// How many threads shared the work; nil if results do not depend on it.
    public internal(set) var threadCount: Int?

    /// A record.
    init(config: TrainingConfig, baseDirectory: String, identity: RunIdentity, startedAt: String) {
        self.config = config
        self.baseDirectory = baseDirectory
        self.identity = identity
        self.startedAt = startedAt
    }

    /// A number for a new run.
    static func newRunID() -> String {
        let digits = String(UInt64.random(in: .min ... .max), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Reads a run's record.
    ///
    /// - Throws: `TrainingError.noRun` when there is none, `TrainingError.badRunFile` when it is damaged, or
    ///   `FileError`.
    public static func load(directory: String) throws -> RunRecord {
        let path = directory.appendingComponent(fileName)
        guard try FileStatus.of(path, followingLinks: true) != nil else {
            throw TrainingError.noRun(directory: directory)
        }
        let file = try MappedFile(path: path, limit: sizeLimit)
        guard let object = (try? file.withUnsafeBytes { try JSONParser.parse($0) })?.object else {
            throw TrainingError.badRunFile(path: path, fact: "not a JSON object")
        }
        guard let digest = object["digest"]?.string, utf8Equal(digest, RunDocument.digest(of: object))
        else {
            throw TrainingError.badRunFile(path: path, fact: "its digest does not fit its content")
        }
        guard object["schema_version"]?.int == schemaVersion, let settings = object["config"]?.object,
            let baseDirectory = object["base_directory"]?.string,
            let startedAt = object["started_at"]?.string,
            let identity = object["identity"]?.object
        else {
            throw TrainingError.badRunFile(path: path, fact: "not of the layout that this version writes")
        }
        let config: TrainingConfig
        do throws(ConfigError) {
            config = try TrainingConfig(json: settings)
        } catch {
            throw TrainingError.badRunFile(
                path: path,
                fact: "in \"config\", \(error.problems.map(\.description).joined(separator: ", "))")
        }
        var record = RunRecord(
            config: config, baseDirectory: baseDirectory,
            identity: RunIdentity(json: identity), startedAt: startedAt)
        record.data = object["data"]?.object.flatMap(CorpusSource.init(json:))
        record.validationData = object["validation_data"]?.object.flatMap(CorpusSource.init(json:))
        record.threadCount = object.count("threads")
        record.runID = object[runIDKey]?.string
        return record
    }

    /// Writes the record, replacing an older one in one step.
    func write(directory: String, fileSystem: any FileSystem) throws(FileError) {
        var object: JSONObject = [
            "schema_version": JSONValue(Self.schemaVersion), "started_at": .string(startedAt),
            "base_directory": .string(baseDirectory), "config": .object(config.json),
            "identity": .object(identity.json), "data": data.map { .object($0.json) } ?? .null,
            "validation_data": validationData.map { .object($0.json) } ?? .null,
            "threads": threadCount.map { JSONValue($0) } ?? .null,
            Self.runIDKey: runID.map { .string($0) } ?? .null,
        ]
        object["digest"] = .string(RunDocument.digest(of: object))
        let text = JSONValue.object(object).encoded(.pretty) + "\n"
        try AtomicFile.write(
            Array(text.utf8), to: directory.appendingComponent(Self.fileName), fileSystem: fileSystem)
    }
}
