public import Diagnostics
public import JSONCore
import Platform

/// The files of a run directory besides its checkpoints, which suffice to draw the run without a model.
public struct RunFiles: Sendable {
    private static let recordLimit = 64 << 20

    /// The directory.
    public let directory: String
    /// `run.json`; nil when it is missing or damaged.
    public let record: JSONObject?
    /// `metrics.jsonl`.
    public let log: RunLog
    /// `report.json`; nil when it is missing or damaged.
    public let facts: RunFacts?

    /// Reads a run's files.
    ///
    /// - Throws: `ReportError.notARun` when there is neither a record nor a log, or `FileError`.
    public init(directory: String) throws {
        self.directory = directory.withoutTrailingSlashes
        record = try Self.object(directory.appendingComponent("run.json"))
        var follower = RunLogFollower(directory: directory)
        let hasLog = try follower.poll()
        guard record != nil || hasLog else { throw ReportError.notARun(path: directory) }
        log = follower.log
        facts = try Self.object(directory.appendingComponent(RunFacts.fileName)).flatMap(RunFacts.init(json:))
    }

    /// The settings of the run.
    public var settings: JSONObject { record?["config"]?.object ?? JSONObject() }

    /// When the run was started, in RFC 3339.
    public var startedAt: String? { record?["started_at"]?.string ?? log.starts.first?.at }

    /// The base's name.
    public var baseName: String {
        facts?.baseName ?? record?["base_directory"]?.string.map(\.lastComponent) ?? "-"
    }

    /// The name of the file of the training data; nil for standard input.
    public var dataName: String? { record?["data"]?["path"]?.string.map(\.lastComponent) }

    /// What the training data is, as "sha256:…".
    public var dataHash: String? { record?["identity"]?["data_hash"]?.string }

    /// How long training took so far, in seconds, as far as the log tells.
    public var seconds: Double {
        if let end = log.end { return log.earlierSeconds + end.seconds }
        return log.epochs.reduce(0) { $0 + ($1.seconds.isFinite ? $1.seconds : 0) }
    }

    /// The state of the run.
    ///
    /// - Parameter isInUse: whether a process is training in the directory now.
    public func state(isInUse: Bool) -> RunState { .of(log, isInUse: isInUse) }

    static func object(_ path: String) throws(FileError) -> JSONObject? {
        guard try FileStatus.of(path, followingLinks: true)?.kind == .file else { return nil }
        let file = try MappedFile(path: path, limit: recordLimit)
        return file.withUnsafeBytes { (try? JSONParser.parse($0))?.object }
    }
}

/// Times for people.
enum CalendarText {
    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
        "November", "December",
    ]

    /// A time in RFC 3339 as people write it, `30 November 2026, 17:30 UTC`; any other text as it is.
    static func shown(_ text: String) -> String {
        guard let match = text.wholeMatch(of: /(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):[\d.]+Z/),
            let day = Int(match.3), let month = Int(match.2), months.indices.contains(month - 1)
        else { return text }
        return "\(day) \(months[month - 1]) \(match.1), \(match.4):\(match.5) UTC"
    }
}

/// The state of a run.
public enum RunState: String, Sendable, Hashable, CaseIterable {
    case running, finished, interrupted, failed

    /// The state of a run.
    ///
    /// - Parameters:
    ///   - log: what it wrote.
    ///   - isInUse: whether a process is training in its directory now.
    public static func of(_ log: RunLog, isInUse: Bool) -> RunState {
        if isInUse { return .running }
        switch log.end?.reason {
        case "completed", "stopped_early": return .finished
        case "failed": return .failed
        default: return .interrupted
        }
    }
}

/// Why a report cannot be made.
public enum ReportError: Error, Sendable, Hashable, MessageConvertible {
    /// A directory holds no run.
    case notARun(path: String)

    public var description: String { message.description }

    public var message: Message {
        switch self {
        case .notARun(let path):
            "\(path): holds no run, neither run.json nor metrics.jsonl; give the directory that apr finetune \(setting: .checkpointDir) named"
        }
    }
}
