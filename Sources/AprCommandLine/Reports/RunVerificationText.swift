import CheckpointIO
import Evaluation
import FineTuning
import JSONCore
import Platform

/// The state of a verified run, for people and for programs.
struct RunVerificationText {
    let report: RunVerification

    /// What is wrong.
    var problems: [String] {
        report.problems.map(FlagName.text)
            + report.checkpoints.flatMap { $0.report.problems.map(\.description) }
    }

    /// The lines.
    var lines: [String] {
        var lines = report.checkpoints.map { name, report in
            "\(self.report.directory)/\(name.directoryName): \(Self.state(of: report))"
        }
        if report.checkpoints.isEmpty { lines.append("\(report.directory): no checkpoint yet") }
        if let metrics = report.metrics {
            let torn = metrics.isTorn ? "; the last line is incomplete, and resuming removes it" : ""
            lines.append(
                "\(report.directory)/\(MetricsLog.fileName): \(NumberFormat.counted(metrics.wholeLines, "whole line"))\(torn)"
            )
        }
        if !report.leftovers.isEmpty {
            lines.append(
                "\(report.directory): \(NumberFormat.counted(report.leftovers.count, "remainder")) of an interrupted save, which resuming cleans up"
            )
        }
        if !report.resumable.isEmpty {
            lines.append("resumable from: \(report.resumable.map(\.directoryName).joined(separator: ", "))")
        }
        return lines
    }

    private static func state(of report: VerificationReport) -> String {
        guard report.isValid else { return "NOT VALID" }
        let edited = report.files.contains { $0.state == .edited } ? ", model card edited" : ""
        let unlisted =
            report.unlistedFiles.isEmpty
            ? "" : ", with \(report.unlistedFiles.joined(separator: ", ")) not listed"
        return "valid\(edited)\(unlisted)\(report.isResumable ? "" : "; cannot resume: no training state")"
    }

    /// The object that `--json` prints.
    var json: JSONObject {
        [
            "schema_version": 1, "run": .string(report.directory), "valid": .bool(report.isValid),
            "resumable": JSONValue(report.resumable.map(\.directoryName)), "problems": JSONValue(problems),
            "checkpoints": .array(
                report.checkpoints.map { name, report in
                    [
                        "name": .string(name.directoryName), "valid": .bool(report.isValid),
                        "resumable": .bool(report.isResumable),
                    ]
                }),
            "metrics_lines": report.metrics.map { JSONValue($0.wholeLines) } ?? .null,
            "metrics_torn": report.metrics.map { .bool($0.isTorn) } ?? .null,
            "leftovers": JSONValue(report.leftovers),
        ]
    }
}
