import HuggingFaceHub
import Platform

/// Finds the base model that a user names.
enum BaseDirectory {
    /// The directory of a base: the path itself, or the HuggingFace cache's directory of that id. A missing model
    /// is pulled. Without a name, the size selects a model.
    ///
    /// - Throws: `CommandError` when the path is something else than a directory, or `HubError`.
    static func find(_ name: String?, size: ModelSize?, console: Console) throws -> String {
        guard let name = try name ?? size.map(id), !name.isEmpty else {
            throw CommandError.usage(
                "no base model; name its directory or its id on the Hub, as in apr finetune path/to/base --data corpus.jsonl"
            )
        }
        switch try FileStatus.of(name, followingLinks: true)?.kind {
        case .directory?: return name
        case .some where name.hasSuffix(".gguf"):
            throw CommandError(
                .badData,
                "\(name): a GGUF file; turn it into a model directory first: apr import \(name) -o DIR")
        case .some:
            throw CommandError(.badData, "\(name): not a directory; give a HuggingFace model directory")
        case nil: break
        }
        guard let reference = try? HubReference(name) else {
            throw CommandError(
                .badData,
                "\(name): no such directory; check the path, or give a model's id such as \(BaseModelTable.entries[0].id)"
            )
        }
        do {
            return try HubModel.directory(of: reference, console: console)
        } catch let error as HubError {
            throw CommandError(
                FailureReport.status(of: error),
                "\(name): no such directory here, and from the Hub: \(FlagName.text(of: error))"
            )
        }
    }

    /// The model of a size.
    private static func id(of size: ModelSize) throws -> String {
        for entry in BaseModelTable.entries
        where ModelSize(argument: entry.size)?.parameterCount == size.parameterCount { return entry.id }
        throw CommandError.usage(
            "no base model, and no model of --model-size \(size) is known; name the base, or use one of \(BaseModelTable.entries.map(\.size).joined(separator: ", "))"
        )
    }
}
