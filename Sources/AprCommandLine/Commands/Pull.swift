import ArgumentParser
import Evaluation
import HuggingFaceHub
import JSONCore

/// Downloads a model.
struct Pull: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bring a model from the HuggingFace Hub into the cache.",
        usage: "apr pull <org/name>[@<revision>] [--json]",
        discussion: """
            Examples:
              apr pull Qwen/Qwen2.5-Coder-0.5B
              apr pull paiml/shell-safety-classifier@main --json

            The cache is the one of HuggingFace's own tools ($HF_HOME); files that they have downloaded are used. An \
            interrupted download continues where it stopped, and every file is compared with its hash. The command \
            respects HF_ENDPOINT, HF_HUB_OFFLINE, HTTPS_PROXY, NO_PROXY and SSL_CERT_FILE.
            """)

    @Argument(
        help: ArgumentHelp(
            "The model's id, and a branch, tag or commit of it.", valueName: "org/name[@revision]"))
    var model: String

    @OptionGroup var hub: HubOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let reference = try HubReference(model)
        let configuration = try HubConfiguration.ofCommand(hub)
        let snapshot = try HubSession.run(
            configuration, task: "pulling \(reference)", console: output.console
        ) { client in try await client.pull(reference) }
        if output.json {
            try StandardOutput.print(JSONValue.object(json(snapshot, reference)).encoded(.pretty), as: .data)
        } else {
            output.console.line(
                "\(reference) at \(snapshot.commit): \(NumberFormat.counted(snapshot.files.count, "file")), \(snapshot.fetchedBytes == 0 ? "all there already" : NumberFormat.bytes(snapshot.fetchedBytes) + " fetched")"
            )
            try StandardOutput.print(snapshot.directory)
        }
    }

    private func json(_ snapshot: HubSnapshot, _ reference: HubReference) -> JSONObject {
        [
            "schema_version": 1, "repository": .string(reference.id.description),
            "revision": .string(reference.revision ?? "main"), "commit": .string(snapshot.commit),
            "directory": .string(snapshot.directory), "fetched_bytes": JSONValue(snapshot.fetchedBytes),
            "files": .array(
                snapshot.files.map { file in
                    [
                        "path": .string(file.path), "size": file.byteCount.map { JSONValue($0) } ?? .null,
                        "sha256": file.sha256.map { .string($0) } ?? .null,
                    ]
                }),
        ]
    }
}
