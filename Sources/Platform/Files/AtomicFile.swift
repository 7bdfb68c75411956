/// Replaces single files so that a reader sees the old content or the new, never a part.
public enum AtomicFile {
    /// Writes a file and makes it durable, replacing one of the same name in one step.
    ///
    /// - Throws: `FileError`; the previous file is then still there.
    public static func write(
        _ bytes: [UInt8], to path: String, fileSystem: any FileSystem = DiskFileSystem()
    ) throws(FileError) {
        let parent = path.parentDirectory
        let temporary = parent.appendingComponent(SiblingName.make(for: path.lastComponent, kind: .temporary))
        let file = try fileSystem.create(temporary)
        do throws(FileError) {
            try write(bytes, to: file, fileSystem)
            try fileSystem.rename(temporary, to: path)
        } catch {
            // The first error is the one to report; recovery removes what this leaves.
            try? fileSystem.removeFile(temporary)
            throw error
        }
        try fileSystem.synchronizeDirectory(parent)
    }

    private static func write(
        _ bytes: [UInt8], to file: OpenFile, _ fileSystem: any FileSystem
    ) throws(FileError) {
        do throws(FileError) {
            let outcome = bytes.withUnsafeBytes { buffer in
                Result { () throws(FileError) in try fileSystem.writeAll(buffer, to: file) }
            }
            try outcome.get()
            fileSystem.beginWritingOut(file)
            try fileSystem.synchronize(file)
        } catch {
            // The first error is the one to report.
            try? fileSystem.close(file)
            throw error
        }
        try fileSystem.close(file)
    }
}
