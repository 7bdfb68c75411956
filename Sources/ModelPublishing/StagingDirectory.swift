import CheckpointIO

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A directory of its own for what is made only to be sent; it goes with the object.
public final class StagingDirectory: Sendable {
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
        path = template.withUnsafeBytes { String(decoding: $0.dropLast(), as: UTF8.self) }
    }

    deinit { Self.remove(path) }

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
