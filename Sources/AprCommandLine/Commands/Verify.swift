import ArgumentParser
import CheckpointIO
import Evaluation
import FineTuning
import JSONCore
import Platform

/// Checks a checkpoint against its manifest, or a run with all its checkpoints.
struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check that a checkpoint, or a whole run, is complete and undamaged.",
        usage: "apr verify <checkpoint or run> [--json]",
        discussion: """
            Examples:
              apr verify checkpoints/best
              apr verify checkpoints

            Reads every file, compares size and SHA-256 with the manifest, and checks that the weight files agree with \
            each other. For a run, it checks the record, every line of the metrics and every checkpoint. The exit status \
            is 65 when something is damaged or missing; the output names what is still usable.
            """)

    @Argument(help: ArgumentHelp("The directory of a checkpoint or of a run.", valueName: "checkpoint"))
    var checkpoint: String

    @OptionGroup var output: OutputOptions

    func run() throws {
        let manifest = try FileStatus.of(
            checkpoint.appendingComponent(Manifest.fileName), followingLinks: true)
        if manifest == nil, RunVerifier.isRun(checkpoint) {
            try verifyRun()
        } else {
            try verifyCheckpoint()
        }
    }

    private func verifyRun() throws {
        let progress = ShareProgress("verifying \(checkpoint)", console: output.console)
        let report = RunVerifier.verify(directory: checkpoint) { name, done, total in
            progress.update(Double(done) / Double(max(1, total)), detail: name.directoryName)
        }
        progress.finish()
        let text = RunVerificationText(report: report)
        try StandardOutput.print(
            output.json ? JSONValue.object(text.json).encoded(.pretty) : text.lines.joined(separator: "\n"))
        guard report.isValid else { throw CommandError(.badData, text.problems.joined(separator: "\n")) }
    }

    private func verifyCheckpoint() throws {
        let progress = ShareProgress("verifying \(checkpoint)", console: output.console)
        let report = CheckpointVerifier.verify(directory: checkpoint) { done, total in
            progress.update(Double(done) / Double(max(1, total)))
        }
        progress.finish()
        if output.json { try StandardOutput.print(JSONValue.object(json(of: report)).encoded(.pretty)) }
        guard report.isValid else {
            throw CommandError(.badData, report.problems.map(\.description).joined(separator: "\n"))
        }
        if !output.json {
            let files = NumberFormat.counted(report.files.count, "file")
            let edited = report.files.filter { $0.state == .edited }.map(\.entry.name)
            let notes =
                (edited.isEmpty ? "" : "; \(edited.joined(separator: ", ")) edited")
                + (report.unlistedFiles.isEmpty
                    ? "" : "; not listed, so not checked: \(report.unlistedFiles.joined(separator: ", "))")
                + (report.isResumable ? "" : "; without training state, so it cannot be resumed")
            try StandardOutput.print("\(checkpoint): valid, \(files)\(notes)")
        }
    }

    private func json(of report: VerificationReport) -> JSONObject {
        [
            "schema_version": 1, "checkpoint": .string(checkpoint), "valid": .bool(report.isValid),
            "resumable": .bool(report.isResumable), "problems": JSONValue(report.problems.map(\.description)),
            "files": .array(
                report.files.map { file in
                    [
                        "name": .string(file.entry.name), "size": JSONValue(file.entry.byteCount),
                        "sha256": .string(file.entry.sha256), "role": .string(file.entry.role.rawValue),
                        "state": .string(file.state.word),
                    ]
                }),
            "unlisted_files": JSONValue(report.unlistedFiles),
        ]
    }
}
