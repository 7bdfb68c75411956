public import CheckpointIO
public import Diagnostics
import Inference
import JSONCore
import Platform

/// Checks a run directory: its record, its metrics, and each of its checkpoints.
public enum RunVerifier {
    /// Whether a directory is, or was, a run: it has a record or a checkpoint with the name that runs use.
    public static func isRun(_ directory: String) -> Bool {
        guard let names = try? Directory.names(in: directory) else { return false }
        return names.contains { $0 == RunRecord.fileName || CheckpointName(directoryName: $0) != nil }
    }

    /// Checks everything and reports all problems, unreadable files included.
    ///
    /// - Parameter progress: called with the name of the checkpoint that is read, and how many of its bytes have been.
    public static func verify(
        directory: String, progress: ((CheckpointName, _ done: Int, _ total: Int) -> Void)? = nil
    ) -> RunVerification {
        var report = RunVerification(directory: directory)
        var record: RunRecord?
        do { record = try RunRecord.load(directory: directory) } catch { report.problems.append("\(error)") }
        do {
            let metrics = try MetricsLog.condition(directory: directory)
            report.metrics = metrics
            let path = directory.appendingComponent(MetricsLog.fileName)
            if let line = metrics?.damagedLine {
                report.problems.append(
                    "\(path):\(line): changed or damaged: its check value does not fit; what follows is not read"
                )
            }
            if let line = metrics?.repeatedLine {
                report.problems.append("\(path):\(line): a step that stands before it already")
            }
            let names = try RunDirectory.checkpoints(in: directory)
            for name in names {
                let path = directory.appendingComponent(name.directoryName)
                let checkpoint = CheckpointVerifier.verify(directory: path) { progress?(name, $0, $1) }
                report.checkpoints.append((name, checkpoint))
                if let record, checkpoint.isValid, let problem = foreignness(of: path, record: record) {
                    report.problems.append(problem.message)
                }
            }
            report.leftovers = try Directory.names(in: directory).filter { SiblingName.parse($0) != nil }
        } catch {
            report.problems.append("\(error)")
        }
        return report
    }
}

extension RunVerifier {
    /// Why a valid checkpoint does not belong to the run in whose directory it is; nil if it does.
    ///
    /// The run's number tells, or for a checkpoint of version 0.1 its identity; another corpus may have been allowed.
    static func foreignness(of path: String, record: RunRecord) -> TrainingError? {
        let metadata = TokenizerFiles.object("metadata.json", in: path)
        if let runID = metadata?[RunRecord.runIDKey]?.string, let expected = record.runID {
            return runID == expected ? nil : .otherRun(checkpoint: path, facts: [])
        }
        guard let state = try? TrainingStateFile(checkpoint: path) else { return nil }
        let facts = record.identity.differences(from: state.identity).filter { !$0.isOfData }.map(\.text)
        return facts.isEmpty ? nil : .otherRun(checkpoint: path, facts: facts)
    }
}

/// The result of verifying a run.
public struct RunVerification: Sendable {
    /// The directory that was checked.
    public let directory: String
    /// The problems of the record and the metrics.
    public internal(set) var problems: [Message] = []
    /// The state of the metrics; nil if there are none.
    public internal(set) var metrics: MetricsLog.Condition?
    /// The checkpoints with the state of each.
    public internal(set) var checkpoints: [(name: CheckpointName, report: VerificationReport)] = []
    /// The remains of interrupted saves; resuming removes them.
    public internal(set) var leftovers: [String] = []

    init(directory: String) { self.directory = directory }

    /// Whether nothing is wrong.
    public var isValid: Bool { problems.isEmpty && checkpoints.allSatisfy(\.report.isValid) }

    /// The checkpoints that training can be resumed from.
    public var resumable: [CheckpointName] { checkpoints.filter(\.report.isResumable).map(\.name) }
}
