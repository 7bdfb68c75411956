/// Listing, making and removing directories.
package enum Directory {
    /// The names in a directory, without "." and "..", in byte order.
    package static func names(in path: String) throws(FileError) -> [String] {
        guard let stream = opendir(path) else { throw .io(.list, errno: errno, path: path) }
        return try names(reading: stream, path: path)
    }

    #if canImport(Darwin)
        typealias Stream = UnsafeMutablePointer<DIR>
    #else
        typealias Stream = OpaquePointer
    #endif

    /// Reads the names and closes the stream.
    static func names(reading stream: Stream, path: String) throws(FileError) -> [String] {
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                guard errno == 0 else { throw .io(.list, errno: errno, path: path) }
                break
            }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(
                    to: CChar.self, capacity: MemoryLayout.size(ofValue: pointer.pointee)
                ) {
                    String(cString: $0)
                }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted(by: utf8Precedes)
    }

    /// Makes a directory and those above it, where they are missing, and makes their names durable: what is synchronized in
    /// a directory is lost with the directory's own name.
    package static func make(
        _ path: String, fileSystem: any FileSystem = DiskFileSystem()
    ) throws(FileError) {
        if try FileStatus.of(path, followingLinks: true)?.kind == .directory { return }
        let parent = path.parentDirectory
        if parent != path { try make(parent, fileSystem: fileSystem) }
        do throws(FileError) {
            try fileSystem.makeDirectory(path)
        } catch {
            // Another process may have been faster.
            guard try FileStatus.of(path, followingLinks: true)?.kind == .directory else { throw error }
        }
        do throws(FileError) {
            try fileSystem.synchronizeDirectory(parent)
        } catch {
            // A directory may be written to that may not be read, and then not be opened either.
            guard error.errorNumber == EACCES else { throw error }
        }
    }
}

/// Removes directories with what is in them, never following a symbolic link.
package struct DirectoryRemoval {
    private let fileSystem: any FileSystem

    package init(_ fileSystem: any FileSystem) { self.fileSystem = fileSystem }

    /// Removes a file, a link, or a directory with its content; a missing one is no error.
    package func removeTree(_ path: String) throws(FileError) {
        guard let status = try FileStatus.of(path, followingLinks: false) else { return }
        guard status.kind == .directory else { return try fileSystem.removeFile(path) }
        for name in try Directory.names(in: path) { try removeTree(path.appendingComponent(name)) }
        try fileSystem.removeDirectory(path)
    }
}
