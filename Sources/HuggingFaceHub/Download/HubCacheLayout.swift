import HuggingFaceCache
import Platform

/// How downloads come into the folder of a model in HuggingFace's cache.
struct HubCacheLayout: Sendable {
    /// Between a link's name and the number of the process that is making it.
    private static let temporarySuffix = ".apr-"

    /// The cache's directory.
    let cache: String
    private let model: HubCacheModel

    /// - Throws: `HubError` for an id that cannot name a folder.
    init(cache: String, id: HubRepositoryID) throws {
        guard let model = HubCache(directory: cache).model(id.description) else {
            throw HubError.usage(
                "\(id) cannot be the name of a folder", remedy: "give the id of a model on the Hub")
        }
        self.cache = cache
        self.model = model
    }

    /// Where the files of a commit are named.
    func snapshot(_ commit: String) -> String { model.snapshot(commit) }

    /// Where content is, by its hash.
    func blob(_ hash: String) -> String { model.blob(hash) }

    /// Where content is while it arrives.
    func partialBlob(_ hash: String) -> String { blob(hash) + ".apr-incomplete" }

    /// Which parts of it have arrived.
    func partRecord(_ hash: String) -> String { blob(hash) + ".apr-parts" }

    /// What is locked while content arrives; huggingface_hub locks the same file.
    func lock(_ hash: String) -> String {
        cache.appendingComponent(".locks").appendingComponent(model.folderName).appendingComponent(
            hash + ".lock")
    }

    /// Makes the directories for the files of a commit, but no home for a user who has none.
    func prepare() throws {
        if let home = HubEnvironment.process["HOME"]?.withoutTrailingSlashes, cache.hasPrefix(home + "/"),
            try FileStatus.of(home, followingLinks: true) == nil
        {
            throw HubError.setting(
                "HOME names \(home), which does not exist", remedy: "set HF_HOME to a directory for downloads"
            )
        }
        try Directory.make(model.folder.appendingComponent("blobs"))
        try Directory.make(model.folder.appendingComponent("snapshots"))
        try Directory.make(cache.appendingComponent(".locks").appendingComponent(model.folderName))
    }

    /// Whether content of this size is there under its hash.
    func hasBlob(_ hash: String, byteCount: Int?) throws(FileError) -> Bool {
        guard let status = try FileStatus.of(blob(hash), followingLinks: false), status.kind == .file else {
            return false
        }
        return byteCount.map { $0 == status.byteCount } ?? true
    }

    /// Names content in a snapshot; a name that is there already stays.
    func link(_ path: String, of commit: String, to hash: String) throws(FileError) {
        let link = snapshot(commit).appendingComponent(path)
        removeAbandoned(besideLink: link)
        // The content is there, so that nobody goes on from a part of it.
        for remains in [partialBlob(hash), partRecord(hash)] { _ = unlink(remains) }
        if try FileStatus.of(link, followingLinks: true)?.kind == .file { return }
        try Directory.make(link.parentDirectory)
        let depth = path.split(separator: "/").count + 1
        let target = String(repeating: "../", count: depth) + "blobs/" + hash
        let temporary = link + Self.temporarySuffix + "\(getpid())"
        _ = unlink(temporary)
        guard symlink(target, temporary) == 0 else { throw .io(.link, errno: errno, path: link) }
        try DiskFileSystem().rename(temporary, to: link)
        // A branch that is remembered after a power cut must name a snapshot that is there.
        try DiskFileSystem().synchronizeDirectory(link.parentDirectory)
    }

    /// Removes the temporary names of a link whose processes were killed.
    private func removeAbandoned(besideLink link: String) {
        let prefix = link.lastComponent + Self.temporarySuffix
        for name in (try? Directory.names(in: link.parentDirectory)) ?? [] where name.hasPrefix(prefix) {
            guard let process = pid_t(name.dropFirst(prefix.count)), process > 0, kill(process, 0) != 0,
                errno == ESRCH
            else { continue }
            _ = unlink(link.parentDirectory.appendingComponent(name))
        }
    }

    /// Notes which commit a branch or tag is.
    func remember(_ revision: String, is commit: String) throws(FileError) {
        guard !Hexadecimal.isValid(revision, digitCount: 40) else { return }
        let path = model.reference(revision)
        AtomicFile.removeAbandoned(beside: path)
        if model.commit(of: revision) == commit { return }
        try Directory.make(path.parentDirectory)
        try AtomicFile.write(Array(commit.utf8), to: path)
    }
}
