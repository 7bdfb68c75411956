import Platform
import Synchronization

/// A temporary directory for files to publish; it is removed with the object.
public final class StagingDirectory: Sendable {
    private static let attempts = 100
    private static let register = Mutex(Register())

    private struct Register {
        /// Those that are there.
        var paths: Set<String> = []
        /// Whether the process is ending; a new directory would be left behind.
        var isClosed = false
    }

    private static let prefix = "apr-publish-"

    /// The directory.
    public let path: String
    /// Shows other processes that the directory is in use.
    private let ownership: FileLock?

    /// Makes a directory under `$TMPDIR`, and removes those there whose processes were killed.
    ///
    /// - Throws: `FileError`; `CancellationError` after `removeAll`.
    public init() throws {
        let variable = getenv("TMPDIR").map { String(cString: $0) } ?? ""
        let parent = variable.isEmpty ? "/tmp" : variable
        Self.removeAbandoned(in: parent)
        let pattern = parent.appendingComponent(Self.prefix + "XXXXXX")
        (path, ownership) = try Self.register.withLock { register in
            guard !register.isClosed else { throw CancellationError() }
            while true {
                var template = Array(pattern.utf8CString)
                guard mkdtemp(&template) != nil else {
                    throw FileError.io(.makeDirectory, errno: errno, path: pattern)
                }
                let path = template.withUnsafeBytes { String(decoding: $0.dropLast(), as: UTF8.self) }
                let lock = FileLock.own(directory: path)
                // Another process may have taken it for abandoned before it was locked.
                if lock == nil, access(path, F_OK) != 0 { continue }
                register.paths.insert(path)
                return (path, lock)
            }
        }
    }

    private static func removeAbandoned(in parent: String) {
        for name in (try? Directory.names(in: parent)) ?? [] where name.hasPrefix(prefix) {
            let path = parent.appendingComponent(name)
            var status = stat()
            guard name.utf8.count == prefix.utf8.count + 6, lstat(path, &status) == 0,
                status.st_uid == getuid(), let lock = FileLock.own(directory: path)
            else { continue }
            withExtendedLifetime(lock) { remove(path) }
        }
    }

    deinit {
        Self.remove(path)
        let path = path
        Self.register.withLock { _ = $0.paths.remove(path) }
    }

    /// Removes every directory that is left, for a process that ends at once; from then on none is made.
    ///
    /// Other threads may still write into them, so removal is repeated until it succeeds.
    public static func removeAll() {
        let paths = register.withLock { register in
            register.isClosed = true
            return register.paths
        }
        for path in paths {
            for _ in 0..<attempts {
                remove(path)
                if access(path, F_OK) != 0 { break }
                usleep(5000)
            }
        }
    }

    private static func remove(_ path: String) {
        let fileSystem = DiskFileSystem()
        for name in (try? Directory.names(in: path)) ?? [] {
            let entry = path.appendingComponent(name)
            let kind = (try? FileStatus.of(entry, followingLinks: false))?.kind
            if kind == .directory { remove(entry) } else { try? fileSystem.removeFile(entry) }
        }
        try? fileSystem.removeDirectory(path)
    }
}
