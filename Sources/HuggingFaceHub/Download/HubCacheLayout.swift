import CheckpointIO

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The folder of one model in HuggingFace's cache: `blobs/HASH`, `snapshots/COMMIT/PATH`, `refs/NAME`.
struct HubCacheLayout: Sendable {
    private static let referenceLimit = 4096

    /// The cache's directory.
    let cache: String
    private let folderName: String

    init(cache: String, id: HubRepositoryID) {
        self.cache = cache
        folderName = id.folderName
    }

    private var folder: String { cache.appendingComponent(folderName) }

    /// Where the files of a commit are named.
    func snapshot(_ commit: String) -> String {
        folder.appendingComponent("snapshots").appendingComponent(commit)
    }

    /// Where content is, by its hash.
    func blob(_ hash: String) -> String { folder.appendingComponent("blobs").appendingComponent(hash) }

    /// Where content is while it arrives.
    func partialBlob(_ hash: String) -> String { blob(hash) + ".apr-incomplete" }

    /// Which parts of it have arrived.
    func partRecord(_ hash: String) -> String { blob(hash) + ".apr-parts" }

    /// What is locked while content arrives; huggingface_hub locks the same file.
    func lock(_ hash: String) -> String {
        cache.appendingComponent(".locks").appendingComponent(folderName).appendingComponent(hash + ".lock")
    }

    /// Makes the directories for the files of a commit.
    func prepare() throws(CheckpointError) {
        try Directories.make(folder.appendingComponent("blobs"))
        try Directories.make(folder.appendingComponent("snapshots"))
        try Directories.make(cache.appendingComponent(".locks").appendingComponent(folderName))
    }

    /// Whether content of this size is there under its hash.
    func hasBlob(_ hash: String, byteCount: Int?) throws(CheckpointError) -> Bool {
        guard let status = try FileStatus.of(blob(hash), followingLinks: false), status.kind == .file else {
            return false
        }
        return byteCount.map { $0 == status.byteCount } ?? true
    }

    /// Names content in a snapshot; a name that is there already stays.
    func link(_ path: String, of commit: String, to hash: String) throws(CheckpointError) {
        let link = snapshot(commit).appendingComponent(path)
        if try FileStatus.of(link, followingLinks: true)?.kind == .file { return }
        try Directories.make(link.parentDirectory)
        let depth = path.split(separator: "/").count + 1
        let target = String(repeating: "../", count: depth) + "blobs/" + hash
        let temporary = link + ".apr-\(getpid())"
        _ = unlink(temporary)
        guard symlink(target, temporary) == 0 else { throw .io(.link, errno: errno, path: link) }
        try DiskFileSystem().rename(temporary, to: link)
    }

    /// The commit that a branch or tag was when last looked up; a commit is itself.
    func commit(of revision: String) -> String? {
        if Hexadecimal.isValid(revision, digitCount: 40) { return revision }
        guard let file = try? MappedFile(path: reference(revision), limit: Self.referenceLimit) else {
            return nil
        }
        let text = file.withUnsafeBytes { String(decoding: $0.prefix { $0 > 0x20 }, as: UTF8.self) }
        return Hexadecimal.isValid(text, digitCount: 40) ? text : nil
    }

    /// Notes which commit a branch or tag is.
    func remember(_ revision: String, is commit: String) throws(CheckpointError) {
        guard !Hexadecimal.isValid(revision, digitCount: 40), self.commit(of: revision) != commit else {
            return
        }
        let path = reference(revision)
        try Directories.make(path.parentDirectory)
        try AtomicFile.write(Array(commit.utf8), to: path)
    }

    private func reference(_ revision: String) -> String {
        folder.appendingComponent("refs").appendingComponent(revision)
    }
}

/// Making directories.
enum Directories {
    /// Makes a directory and those above it, where they are missing.
    static func make(_ path: String) throws(CheckpointError) {
        if try FileStatus.of(path, followingLinks: true)?.kind == .directory { return }
        let parent = path.parentDirectory
        if parent != path { try make(parent) }
        do throws(CheckpointError) {
            try DiskFileSystem().makeDirectory(path)
        } catch {
            // Another process may have been faster.
            guard try FileStatus.of(path, followingLinks: true)?.kind == .directory else { throw error }
        }
    }
}
