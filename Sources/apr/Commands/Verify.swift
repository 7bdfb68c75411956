import ArgumentParser
import CheckpointIO
import JSONCore

/// Checks a checkpoint against its manifest.
struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check that a checkpoint is complete and undamaged.",
        usage: "apr verify <checkpoint> [--json]",
        discussion: """
            Examples:
              apr verify checkpoints/best
              for d in checkpoints/*/; do apr verify "$d" || echo "damaged: $d"; done

            Reads every file and compares size and SHA-256 with the manifest. The exit status is 65 for a checkpoint \
            that is not whole.
            """)

    @Argument(help: ArgumentHelp("The checkpoint directory.", valueName: "checkpoint"))
    var checkpoint: String

    @OptionGroup var output: OutputOptions

    func run() throws {
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
            let files = NumberText.counted(report.files.count, "file")
            try StandardOutput.print(
                "\(checkpoint): valid, \(files)\(report.isResumable ? "" : "; without training state, so it cannot be resumed")"
            )
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
