package import CheckpointIO
import HuggingFaceCache
package import JSONCore
import Platform
package import TransformerModels

/// Which base model a classifier belongs to: a name for people, the hash of each weight file, and what the
/// configuration decides.
public struct BaseIdentity: Sendable, Hashable {
    /// The SHA-256 of one weight file.
    public struct File: Sendable, Hashable {
        /// The file's name in the base's directory.
        public let name: String
        /// The hash, in lower-case hexadecimal digits.
        public let sha256: String
    }

    /// The base's id on the Hub if known, else its directory's name.
    public let name: String
    /// The commit on the Hub, when known.
    public let revision: String?
    /// The weight files, by name.
    public let files: [File]
    /// What `config.json` decides about results: see `ModelConfig.identity`. Nil where an earlier version recorded the
    /// identity, which did not note it.
    package let config: JSONObject?

    /// The identity of the model in a directory.
    ///
    /// - Parameters:
    ///   - weights: its files; hashes of unchanged ones are remembered between runs.
    ///   - readsAll: whether every byte is read, whatever is remembered.
    ///   - progress: receives the share of the files read, from 0 to 1.
    /// - Throws: `FileError` when a file cannot be read or is damaged.
    package init(
        directory: String, weights: ShardedSafetensors, config: ModelConfig, readsAll: Bool,
        progress: ((Double) -> Void)? = nil
    ) throws {
        let snapshot = HubCache.modelAndRevision(ofSnapshot: RealPath.of(directory))
        name = Self.name(ofDirectory: directory)
        revision = snapshot?.revision
        self.config = config.identity
        let total = Double(max(1, weights.mappedFiles.reduce(0) { $0 + $1.byteCount }))
        var hashed = 0
        files = try weights.mappedFiles.map { file in
            func report(_ done: Int) { progress?(Double(hashed + done) / total) }
            let sha256 =
                try readsAll
                ? HuggingFaceBlob.sha256(reading: file, progress: report)
                : HuggingFaceBlob.sha256(path: file.path, progress: report)
            hashed += file.byteCount
            return File(name: file.path.lastComponent, sha256: sha256)
        }
        .sorted { utf8Precedes($0.name, $1.name) }
    }

    /// The identity of a loaded model. Every byte of the files in use is read, whatever is remembered.
    ///
    /// - Parameter progress: receives the share of the files read, from 0 to 1.
    /// - Throws: `FileError` when a file is damaged.
    package init(of base: BaseModel, progress: ((Double) -> Void)? = nil) throws {
        try self.init(
            directory: base.directory, weights: base.source, config: base.config, readsAll: true,
            progress: progress)
    }

    /// The name of the model in a directory: its id on the Hub if known, else the directory's name.
    package static func name(ofDirectory directory: String) -> String {
        let path = RealPath.of(directory)
        return HubCache.modelAndRevision(ofSnapshot: path)?.id ?? path.lastComponent
    }

    /// Reads an identity from a file's metadata; nil when it is not one.
    package init?(json: JSONObject) {
        guard let name = json["name"]?.string, let files = json["files"]?.object, !files.isEmpty else {
            return nil
        }
        var read: [File] = []
        for member in files {
            guard let hash = member.value.string, Hexadecimal.isValid(hash, digitCount: 64) else {
                return nil
            }
            read.append(File(name: member.key, sha256: hash))
        }
        self.name = name
        revision = json["revision"]?.string
        config = json["config"]?.object
        self.files = read
    }

    /// The files and their hashes.
    package var filesJSON: JSONObject { JSONObject(files.map { ($0.name, .string($0.sha256)) }) }

    /// The identity for a file's metadata.
    package var json: JSONObject {
        [
            "name": .string(name), "revision": revision.map { .string($0) } ?? .null,
            "files": .object(filesJSON), "config": config.map { .object($0) } ?? .null,
        ]
    }

    /// Whether two models have the same weights, under any file and directory names.
    package func hasSameWeights(as other: BaseIdentity) -> Bool {
        files.map(\.sha256).sorted() == other.files.map(\.sha256).sorted()
    }

    /// How one recorded configuration differs from another, member by member.
    ///
    /// - Returns: the differences in words, and the names that are not recorded: an earlier version did not know them.
    package static func differences(
        of config: JSONObject, from recorded: JSONObject
    ) -> (changed: [String], unknown: [String]) {
        var (changed, unknown): ([String], [String]) = ([], [])
        for member in config {
            guard let before = recorded[member.key] else {
                unknown.append(member.key)
                continue
            }
            guard before != member.value else { continue }
            changed.append("\(member.key) was \(before.encoded()) and is now \(member.value.encoded())")
        }
        return (changed, unknown)
    }
}
