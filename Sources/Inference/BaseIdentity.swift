import CheckpointIO
import HuggingFaceCache
package import JSONCore
import Platform

/// Which base model a classifier belongs to: a name for people, and the hash of each weight file.
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

    /// The identity of the model in a directory; hashes of unchanged files are remembered between runs.
    ///
    /// - Parameter progress: receives the share of the files read, from 0 to 1.
    /// - Throws: `FileError` when a file cannot be read.
    public init(directory: String, weightFiles: [String], progress: ((Double) -> Void)? = nil) throws {
        let snapshot = HubCache.modelAndRevision(ofSnapshot: RealPath.of(directory))
        name = Self.name(ofDirectory: directory)
        revision = snapshot?.revision
        var hashed = 0.0
        files = try weightFiles.map { path in
            let size = Double(try FileStatus.of(path, followingLinks: true)?.byteCount ?? 0)
            let sha256 = try HuggingFaceBlob.sha256(path: path) { done in
                progress?((hashed + Double(done) / max(1, size)) / Double(weightFiles.count))
            }
            hashed += 1
            return File(name: path.lastComponent, sha256: sha256)
        }
        .sorted { utf8Precedes($0.name, $1.name) }
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
        self.files = read
    }

    /// The files and their hashes.
    package var filesJSON: JSONObject { JSONObject(files.map { ($0.name, .string($0.sha256)) }) }

    /// The identity for a file's metadata.
    package var json: JSONObject {
        [
            "name": .string(name), "revision": revision.map { .string($0) } ?? .null,
            "files": .object(filesJSON),
        ]
    }

    /// Whether two models have the same weights, under any file and directory names.
    package func hasSameWeights(as other: BaseIdentity) -> Bool {
        files.map(\.sha256).sorted() == other.files.map(\.sha256).sorted()
    }
}
