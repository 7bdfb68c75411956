import CheckpointIO
import HuggingFaceHub
import Platform

/// Models named by their Hub id, pulled into the cache when missing.
enum HubModel {
    /// The directory of a model in the cache; missing files are pulled first.
    ///
    /// - Throws: `HubError`, `FileError`, or `ExitStatus` after a signal.
    static func directory(of reference: HubReference, console: Console) throws -> String {
        let configuration = try HubConfiguration.ofCommand()
        if let snapshot = configuration.cachedSnapshot(of: reference), isComplete(snapshot) {
            return snapshot
        }
        return try HubSession.run(configuration, task: "pulling \(reference)", console: console) { client in
            try await client.pull(reference)
        }.directory
    }

    /// Where a model is in the cache that a text names by its id; nil for a text that is no id, or is a path that exists.
    ///
    /// - Throws: `CommandError` when the cache does not have the model.
    static func cachedDirectory(of text: String) throws -> String? {
        guard let reference = reference(text) else { return nil }
        guard let snapshot = try HubConfiguration.ofCommand().cachedSnapshot(of: reference) else {
            throw CommandError(
                .badData,
                "\(text): neither a path nor a model in the cache; check the path, or fetch the model with apr pull"
            )
        }
        return snapshot
    }

    /// The model that a text names, when it is no path that exists.
    static func reference(_ text: String) -> HubReference? {
        guard (try? FileStatus.of(text, followingLinks: true)) == .some(.none) else { return nil }
        return try? HubReference(text)
    }

    /// Whether the files of a base, or of a published checkpoint, are complete.
    private static func isComplete(_ snapshot: String) -> Bool {
        func exists(_ name: String) -> Bool {
            (try? FileStatus.of(snapshot.appendingComponent(name), followingLinks: true))?.kind == .file
        }
        if exists(Manifest.fileName) {
            guard let manifest = try? Manifest(directory: snapshot) else { return false }
            return manifest.entries.allSatisfy { $0.role != .protected || exists($0.name) }
        }
        guard exists("config.json") || exists(AdapterConfig.fileName) else { return false }
        if exists("adapter_model.safetensors") { return true }
        return exists("tokenizer.json") && (try? ShardedSafetensors(directory: snapshot)) != nil
    }
}
