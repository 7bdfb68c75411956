/// The status of a path, reduced to what this module needs.
package struct FileStatus: Sendable, Hashable {
    /// What a path names.
    package enum Kind: Sendable, Hashable {
        case file
        case directory
        case symbolicLink
        case other
    }

    package let kind: Kind
    package let byteCount: Int
    package let device: UInt64
    package let inode: UInt64
    /// The time of the last change of the content, in nanoseconds since 1970; programs can set it.
    package let modified: Int64
    /// The time of the last change of content, owner, permissions or links, in nanoseconds since 1970; programs cannot
    /// set it.
    package let changed: Int64

    /// The status of what a path names, following symbolic links or not; nil when there is nothing.
    package static func of(_ path: String, followingLinks: Bool) throws(FileError) -> FileStatus? {
        var status = stat()
        let result = followingLinks ? stat(path, &status) : lstat(path, &status)
        guard result == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw .io(.inspect, errno: errno, path: path)
        }
        return FileStatus(status)
    }

    /// The status of something that is no file on a disk.
    init(byteCount: Int) {
        kind = .file
        self.byteCount = byteCount
        device = 0
        inode = 0
        modified = 0
        changed = 0
    }

    init(_ status: stat) {
        switch status.st_mode & S_IFMT {
        case S_IFREG: kind = .file
        case S_IFDIR: kind = .directory
        case S_IFLNK: kind = .symbolicLink
        default: kind = .other
        }
        byteCount = Int(status.st_size)
        device = UInt64(truncatingIfNeeded: status.st_dev)
        inode = UInt64(truncatingIfNeeded: status.st_ino)
        #if canImport(Darwin)
            let (modification, change) = (status.st_mtimespec, status.st_ctimespec)
        #else
            let (modification, change) = (status.st_mtim, status.st_ctim)
        #endif
        modified = Self.nanoseconds(modification)
        changed = Self.nanoseconds(change)
    }

    private static func nanoseconds(_ time: timespec) -> Int64 {
        Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}
