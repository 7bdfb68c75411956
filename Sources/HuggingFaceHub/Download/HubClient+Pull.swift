import FileHashing
import HuggingFaceCache
import JSONCore
import Platform

/// A model in the cache.
public struct HubSnapshot: Sendable {
    /// The directory with its files.
    public let directory: String
    /// The commit.
    public let commit: String
    /// The files.
    public let files: [HubFile]
    /// The bytes that had to be fetched; 0 when everything was there.
    public let fetchedBytes: Int
}

extension HubClient {
    private static let filesAtOnce = 4

    /// Downloads the needed files of a model into the cache that HuggingFace's libraries share.
    ///
    /// - Throws: `HubError`, `FileError`, or `CancellationError`. What has arrived is kept for the next time,
    ///   and every file in the cache has the hash that its name says.
    public func pull(_ reference: HubReference) async throws -> HubSnapshot {
        try requireNetwork(for: "pulling \(reference)")
        let info = try await self.info(reference.id, revision: reference.revision)
        let needed = HubSelection.needed(of: info.files)
        guard needed.contains(where: { $0.path.hasSuffix(".safetensors") }) else {
            throw HubError(
                .notFound, "\(reference) holds no weights in safetensors",
                remedy: "choose a model that has model.safetensors or adapter_model.safetensors")
        }
        let layout = try HubCacheLayout(cache: configuration.cacheDirectory, id: reference.id)
        try layout.prepare()
        let total = try needed.map(byteCount).saturatingSum
        let isThere = try await concurrentMap(needed, limit: Self.filesAtOnce) { file in
            try await self.isIntact(file, in: layout)
        }
        let present = try zip(needed, isThere).filter(\.1).map { try byteCount($0.0) }.saturatingSum
        let progress = TransferProgress(total: total, done: present, onEvent: transport.onEvent)
        _ = try await concurrentMap(Array(zip(needed, isThere)), limit: Self.filesAtOnce) { file, isThere in
            try await self.fetch(
                file, isThere: isThere, of: info.commit, reference.id, layout, progress)
        }
        try layout.remember(reference.revision ?? "main", is: info.commit)
        return HubSnapshot(
            directory: layout.snapshot(info.commit), commit: info.commit, files: needed,
            fetchedBytes: total - present)
    }

    /// Whether a file's content is in the cache with the hash that the Hub names. Every byte is read.
    private func isIntact(_ file: HubFile, in layout: HubCacheLayout) async throws -> Bool {
        let hash = try blobName(file)
        guard try layout.hasBlob(hash, byteCount: file.byteCount) else { return false }
        let path = layout.blob(hash)
        let found = await BlockingWork.run { () -> Result<String, FileError> in
            Result { () throws(FileError) -> String in
                let content = try MappedFile(path: path)
                return hash.utf8.count == 40 ? FileHash.gitBlob(of: content) : FileHash.sha256(of: content)
            }
        }
        if try found.get() == hash { return true }
        transport.onEvent(
            .warning("\(file.path): its content in the cache is damaged (\(path)); downloading it again"))
        return false
    }

    private func fetch(
        _ file: HubFile, isThere: Bool, of commit: String, _ id: HubRepositoryID, _ layout: HubCacheLayout,
        _ progress: TransferProgress
    ) async throws {
        let hash = try blobName(file)
        if !isThere {
            let download = BlobDownload(
                client: self, layout: layout, source: resolveURL(id, revision: commit, path: file.path),
                commit: commit, file: file, hash: hash, byteCount: try byteCount(file),
                replaces: try layout.hasBlob(hash, byteCount: file.byteCount), progress: progress)
            try await download.run()
        }
        try layout.link(file.path, of: commit, to: hash)
    }

    private func blobName(_ file: HubFile) throws -> String {
        guard let name = file.blobName else { throw incomplete(file, "hash") }
        return name
    }

    private func byteCount(_ file: HubFile) throws -> Int {
        guard let count = file.byteCount else { throw incomplete(file, "size") }
        return count
    }

    private func incomplete(_ file: HubFile, _ what: String) -> HubError {
        HubError(
            .badContent, "the Hub does not name the \(what) of \(file.path)",
            remedy: "check that HF_ENDPOINT is a Hub")
    }
}

extension HubConfiguration {
    /// The cached snapshot of a model that is asked for offline; nil when it is not there.
    public func cachedSnapshot(of reference: HubReference) -> String? {
        HubCache(directory: cacheDirectory).snapshot(
            of: reference.id.description, revision: reference.revision)
    }
}

/// Which files of a repository are needed to train on it, or to classify with it.
enum HubSelection {
    private static let settings: Set<String> = [
        "config.json", "generation_config.json", "adapter_config.json", "metadata.json", "manifest.json",
        "README.md", "LICENSE", "LICENSE.md", "LICENSE.txt", "NOTICE",
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
        "vocab.json",
        "merges.txt", "tokenizer.model", "chat_template.jinja", "chat_template.json",
        "model.safetensors.index.json", "model.apr",
    ]

    /// The files: settings, tokenizer, weights in safetensors, and what belongs to a checkpoint; nothing from
    /// folders, and no second copy of the weights in another format.
    static func needed(of files: [HubFile]) -> [HubFile] {
        files.filter { file in settings.contains(file.path) || isWeights(file.path) }
    }

    private static func isWeights(_ path: String) -> Bool {
        if path == "model.safetensors" || path == "adapter_model.safetensors" { return true }
        let prefix = "model-"
        let suffix = ".safetensors"
        guard path.hasPrefix(prefix), path.hasSuffix(suffix) else { return false }
        let parts = path.dropFirst(prefix.count).dropLast(suffix.count).split(separator: "-")
        return parts.count == 3 && parts[1] == "of" && Int(parts[0]) != nil && Int(parts[2]) != nil
    }
}
