/// Removes directories with what is in them, never following a symbolic link.
package struct DirectoryRemoval {
    private let fileSystem: any FileSystem

    package init(_ fileSystem: any FileSystem) { self.fileSystem = fileSystem }

    /// Removes a file, a link, or a directory with its content; nothing there is no error.
    package func removeTree(_ path: String) throws(CheckpointError) {
        guard let status = try FileStatus.of(path, followingLinks: false) else { return }
        guard status.kind == .directory else { return try fileSystem.removeFile(path) }
        for name in try Directory.names(in: path) { try removeTree(path.appendingComponent(name)) }
        try fileSystem.removeDirectory(path)
    }
}
