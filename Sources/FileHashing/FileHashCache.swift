import JSONCore
package import Platform

/// Remembers the hashes of large files between runs, by device, inode, size and both times of change.
///
/// Everything here is best effort: a cache that cannot be read or written is an empty one.
public struct FileHashCache: Sendable {
    private static let entryLimit = 512
    private static let sizeLimit = 1 << 20

    /// The cache file.
    public let path: String

    /// A cache in a file of your own.
    public init(path: String) { self.path = path }

    /// The user's cache: `$XDG_CACHE_HOME/apr/file-hashes.json`, or under `~/.cache`; nil without a home.
    public static var user: FileHashCache? {
        if let base = environment("XDG_CACHE_HOME"), base.hasPrefix("/") {
            return FileHashCache(path: base.appendingComponent("apr/file-hashes.json"))
        }
        // A home that does not exist must not be made.
        guard let home = environment("HOME"),
            (try? FileStatus.of(home, followingLinks: true))?.kind == .directory
        else { return nil }
        return FileHashCache(path: home.appendingComponent(".cache/apr/file-hashes.json"))
    }

    private static func environment(_ name: String) -> String? {
        guard let value = getenv(name) else { return nil }
        let text = String(cString: value)
        return text.isEmpty ? nil : text
    }

    /// Whether the hash of a file in its present state is remembered.
    package func remembers(_ file: MappedFile) -> Bool { hash(of: file.status) != nil }

    func hash(of status: FileStatus) -> String? {
        guard let hash = load()[Self.key(status)]?.string, Hexadecimal.isValid(hash, digitCount: 64) else {
            return nil
        }
        return hash
    }

    func remember(_ hash: String, of status: FileStatus) {
        // A file that has just changed may change again within the same timestamp.
        guard status.modified < Self.now() - 2_000_000_000 else { return }
        var entries = load()
        let key = Self.key(status)
        entries[key] = nil
        entries[key] = .string(hash)
        let kept = JSONObject(entries.members.suffix(Self.entryLimit).map { ($0.key, $0.value) })
        let document: JSONValue = ["schema_version": 1, "sha256": .object(kept)]
        try? Directory.make(path.parentDirectory)
        AtomicFile.removeAbandoned(beside: path)
        try? AtomicFile.write(Array(document.encoded(.pretty).utf8), to: path)
    }

    private func load() -> JSONObject {
        guard let file = try? MappedFile(path: path, limit: Self.sizeLimit),
            let document = try? file.withUnsafeBytes({
                try JSONParser.parse($0, limits: JSONLimits(depth: 4))
            }),
            document["schema_version"]?.int == 1
        else { return JSONObject() }
        return document["sha256"]?.object ?? JSONObject()
    }

    private static func key(_ status: FileStatus) -> String {
        "\(status.device):\(status.inode):\(status.byteCount):\(status.modified):\(status.changed)"
    }

    private static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}
