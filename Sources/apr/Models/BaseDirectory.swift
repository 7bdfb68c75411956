import CheckpointIO
import FineTuning

/// Finds the base model that a user names.
enum BaseDirectory {
    /// The directory of a base: the path itself, or where the HuggingFace cache keeps a model of that id.
    ///
    /// - Throws: `CommandError` when there is no such directory, or the path is something else.
    static func find(_ name: String?) throws -> String {
        guard let name, !name.isEmpty else {
            throw CommandError.usage(
                "no base model; name its directory, as in apr finetune path/to/base --data corpus.jsonl")
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
        if let snapshot = HubCache.snapshot(of: name) { return snapshot }
        throw CommandError(
            .badData,
            "\(name): no such directory, and no model of that id in the HuggingFace cache (\(HubCache.directory ?? "no home directory")); check the path, or download the model first, as in hf download \(name)"
        )
    }
}
