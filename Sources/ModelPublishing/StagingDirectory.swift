import CheckpointIO
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A directory of its own for what is made only to be sent; it goes with the object.
public final class StagingDirectory: Sendable {
    private static let attempts = 100
    /// Those that are there.
    private static let present = Mutex<Set<String>>([])

    /// The directory.
    public let path: String

    /// Makes a directory under `$TMPDIR`.
    ///
    /// - Throws: `CheckpointError`.
    public init() throws {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? ""
        let pattern = (parent.isEmpty ? "/tmp" : parent).appendingComponent("apr-publish-XXXXXX")
        var template = Array(pattern.utf8CString)
        guard mkdtemp(&template) != nil else {
            throw CheckpointError.io(.makeDirectory, errno: errno, path: pattern)
        }
        let path = template.withUnsafeBytes { String(decoding: $0.dropLast(), as: UTF8.self) }
        self.path = path
        Self.present.withLock { _ = $0.insert(path) }
    }

    deinit {
        Self.remove(path)
        let path = path
        Self.present.withLock { _ = $0.remove(path) }
    }

    /// Removes every directory that is left, for a process that ends at once.
    ///
    /// Somebody may still be writing into it: it is tried again until it is gone.
    public static func removeAll() {
        for path in present.withLock({ $0 }) {
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
