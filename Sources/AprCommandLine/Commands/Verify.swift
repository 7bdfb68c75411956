import ArgumentParser
import CheckpointIO
import Evaluation
import FineTuning
import Inference
import JSONCore
import Platform

/// Checks a checkpoint against its manifest, or a run with all its checkpoints.
struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check that a checkpoint, a whole run, or a base is complete and undamaged.",
        usage: "apr verify <checkpoint, run or base> [--json]",
        discussion: """
            Examples:
              apr verify checkpoints/best
              apr verify checkpoints
              apr verify path/to/base
              apr verify Qwen/Qwen2.5-Coder-0.5B

            Reads every file, compares size and SHA-256 with the manifest, and checks that the weight files agree with \
            each other. For a run, it checks the record, every line of the metrics and every checkpoint, and that they \
            belong together. For a base or a model in the cache of the Hub, it reads every byte and compares the hashes \
            with those that the cache names the files by, or that apr remembers. The exit status is 65 when something is damaged or missing; the output names what is still usable.
            """)

    @Argument(
        help: ArgumentHelp(
            "The directory of a checkpoint, a run or a base, or the Hub id of a model in the cache.",
            valueName: "checkpoint"))
    var checkpoint: String

    @OptionGroup var output: OutputOptions

    func run() throws {
        let manifest = try FileStatus.of(
            checkpoint.appendingComponent(Manifest.fileName), followingLinks: true)
        if let snapshot = try HubModel.cachedDirectory(of: checkpoint) {
            try verifyBase(snapshot)
        } else if manifest == nil, RunVerifier.isRun(checkpoint) {
            try verifyRun()
        } else if manifest == nil, BaseVerifier.isModel(checkpoint) {
            try verifyBase(checkpoint)
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
            output.json ? JSONValue.object(text.json).encoded(.pretty) : text.lines.joined(separator: "\n"),
            as: output.json ? .data : .words)
        guard report.isValid else { throw CommandError(.badData, text.problems.joined(separator: "\n")) }
    }

    private func verifyCheckpoint() throws {
        let progress = ShareProgress("verifying \(checkpoint)", console: output.console)
        let report = CheckpointVerifier.verify(directory: checkpoint) { done, total in
            progress.update(Double(done) / Double(max(1, total)))
        }
        progress.finish()
        if output.json {
            try StandardOutput.print(JSONValue.object(json(of: report)).encoded(.pretty), as: .data)
        }
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
                + (report.isResumable ? "" : "; cannot resume: no training state")
            try StandardOutput.print("\(checkpoint): valid, \(files)\(notes)")
        }
    }

    private func verifyBase(_ directory: String) throws {
        let progress = ShareProgress("verifying \(directory)", console: output.console)
        let report = try BaseVerifier.verify(directory: directory) { done, total in
            progress.update(Double(done) / Double(max(1, total)))
        }
        progress.finish()
        let text = BaseVerificationText(report: report)
        if output.json { try StandardOutput.print(JSONValue.object(text.json).encoded(.pretty), as: .data) }
        guard report.isValid else {
            throw CommandError(.badData, report.problems.map(\.description).joined(separator: "\n"))
        }
        if !output.json { try StandardOutput.print(text.line) }
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
