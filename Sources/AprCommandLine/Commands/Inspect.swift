import ArgumentParser
import CheckpointIO
import JSONCore
import ModelImport
import Platform

/// Says what a file or directory is.
struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say what a file or directory is: tensors, metadata, checksums.",
        usage: "apr inspect <path> [--tensors] [--json]",
        discussion: """
            Examples:
              apr inspect checkpoints/best
              apr inspect model.gguf
              apr inspect checkpoints/best/model.apr --json

            Knows safetensors, APR and GGUF files, checkpoints and model directories.
            """)

    @Argument(help: ArgumentHelp("The file or directory.", valueName: "path"))
    var path: String

    @Flag(help: "Name every tensor, instead of those of all layers together.")
    var tensors = false

    @OptionGroup var output: OutputOptions

    func run() throws {
        let (object, lines) = try inspect()
        try StandardOutput.print(
            output.json ? JSONValue.object(object).encoded(.pretty) : lines.joined(separator: "\n"),
            as: output.json ? .data : .words)
    }

    private func inspect() throws -> (JSONObject, [String]) {
        if try isGGUF() {
            let inspection = try GGUFInspection(path: path, listsTensors: tensors)
            return (inspection.json, inspection.lines)
        }
        let progress = ShareProgress("reading \(path)", console: output.console)
        defer { progress.finish() }
        let inspection = try Inspection.inspect(path: path, listsTensors: tensors) { done, total in
            progress.update(Double(done) / Double(max(1, total)))
        }
        return (inspection.json, inspection.lines)
    }

    private func isGGUF() throws -> Bool {
        guard try FileStatus.of(path, followingLinks: true)?.kind == .file else { return false }
        return try MappedFile(path: path).withUnsafeBytes { $0.prefix(4).elementsEqual("GGUF".utf8) }
    }
}
