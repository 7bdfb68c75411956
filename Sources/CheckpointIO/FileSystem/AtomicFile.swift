/// Replaces single files so that a reader sees the old content or the new, never a part.
public enum AtomicFile {
    /// Writes a file and makes it durable, replacing one of the same name in one step.
    ///
    /// - Throws: `CheckpointError`; the previous file is then still there.
    public static func write(
        _ bytes: [UInt8], to path: String, fileSystem: any FileSystem = DiskFileSystem()
    ) throws(CheckpointError) {
        let parent = path.parentDirectory
        let temporary = parent.appendingComponent(SiblingName.make(for: path.lastComponent, kind: .temporary))
        var sink = try FileSink(creating: temporary, fileSystem: fileSystem)
        do throws(CheckpointError) {
            try sink.write(bytes)
            _ = try sink.finish()
            try fileSystem.rename(temporary, to: path)
        } catch {
            // The first error is the one to report; recovery removes what this leaves.
            try? fileSystem.removeFile(temporary)
            throw error
        }
        try fileSystem.synchronizeDirectory(parent)
    }
}
