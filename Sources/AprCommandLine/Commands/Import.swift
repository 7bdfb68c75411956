import ArgumentParser
import CheckpointIO
import Evaluation
import FineTuning
import Inference
import JSONCore
import ModelImport

/// Turns a GGUF file into a model directory.
struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Turn a GGUF file into a HuggingFace model directory.",
        usage: "apr import <file> -o <dir> [--dtype fp32|bf16] [--overwrite]",
        discussion: """
            Examples:
              apr import SmolLM2-135M-Instruct.gguf -o smollm2
              apr import model.gguf -o base --dtype bf16 --overwrite

            Writes config.json, model.safetensors and the tokenizer. Running it again on a finished directory does \
            nothing.
            """)

    @Argument(help: ArgumentHelp("The GGUF file: llama, qwen2 or qwen3.", valueName: "file"))
    var source: String

    @Option(
        name: [.customShort("o"), .long], help: ArgumentHelp("The directory to write.", valueName: "dir"))
    var output: String

    @Option(help: "The precision of the written weights; fp32 keeps what the file holds.")
    var dtype: ModelMerger.Precision = .float32

    @Flag(help: "Replace a model that is in the directory.")
    var overwrite = false

    @OptionGroup var reporting: OutputOptions

    func run() throws {
        try ModelDestination.refuseRoot(output)
        let precision: ImportDType = dtype == .float32 ? .float32 : .bfloat16
        let progress = ShareProgress("importing \(source)", console: reporting.console)
        defer { progress.finish() }
        let isUpToDate = try GGUFImporter.isUpToDate(
            source: source, directory: output, dtype: precision
        ) { show($0, progress) }
        if isUpToDate {
            progress.finish()
            CheckpointRecovery.removeAbandoned(of: output)
            return try showNothingToDo()
        }
        let summary = try importFile(as: precision, progress)
        progress.finish()
        for warning in summary.warnings { reporting.console.warning(warning) }
        if reporting.json {
            try StandardOutput.print(JSONValue.object(json(of: summary)).encoded(.pretty), as: .data)
        } else {
            try StandardOutput.print(
                "\(output): \(summary.architecture.rawValue), \(NumberFormat.parameters(summary.parameterCount)) parameters in \(summary.tensorCount) tensors as \(dtype.rawValue), in \(NumberFormat.duration(progress.elapsed))"
            )
        }
    }

    private func importFile(as precision: ImportDType, _ progress: ShareProgress) throws -> ImportSummary {
        do {
            return try GGUFImporter(source: source).run(
                into: output, dtype: precision, overwrite: overwrite
            ) { show($0, progress) }
        } catch let error as ImportError where error.rule == .outputExists {
            throw CommandError(
                .cannotCreate,
                "\(output): exists and is not empty; replace it with --overwrite, or choose another with -o")
        }
    }

    private func show(_ state: ImportProgress, _ progress: ShareProgress) {
        let work = state.phase == .hashing ? "checksum" : "weights"
        let rate = Double(state.bytesDone) / max(progress.elapsed, 1e-3)
        progress.update(
            Double(state.bytesDone) / Double(max(1, state.bytesTotal)),
            detail: "\(work), \(NumberFormat.bytes(Int(saturating: rate)))/s")
    }

    private func showNothingToDo() throws {
        guard reporting.json else {
            return try StandardOutput.print("\(output): holds this import already; nothing to do")
        }
        let object: JSONObject = [
            "schema_version": 1, "directory": .string(output), "source": .string(source), "up_to_date": true,
        ]
        try StandardOutput.print(JSONValue.object(object).encoded(.pretty), as: .data)
    }

    private func json(of summary: ImportSummary) -> JSONObject {
        let types = summary.tensorTypes.sorted { $0.key < $1.key }.map { ($0.key, JSONValue($0.value)) }
        return [
            "schema_version": 1, "directory": .string(output), "source": .string(source), "up_to_date": false,
            "architecture": .string(summary.architecture.rawValue), "dtype": .string(dtype.rawValue),
            "parameter_count": JSONValue(summary.parameterCount),
            "tensor_count": JSONValue(summary.tensorCount),
            "tensor_types": .object(JSONObject(types)), "source_bytes": JSONValue(summary.sourceByteCount),
            "source_sha256": .string(summary.sourceSHA256), "files": JSONValue(summary.files),
            "warnings": JSONValue(summary.warnings),
        ]
    }
}
