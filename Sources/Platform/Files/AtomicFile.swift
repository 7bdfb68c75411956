/// Replaces single files so that a reader sees the old content or the new, never a part.
public enum AtomicFile {
    /// Writes a file and makes it durable, replacing one of the same name in one step.
    ///
    /// - Throws: `FileError`; the previous file is then still there.
    public static func write(
        _ bytes: [UInt8], to path: String, fileSystem: any FileSystem = DiskFileSystem()
    ) throws(FileError) {
        let parent = path.parentDirectory
        let (temporary, file, lock) = try createTemporary(for: path, in: parent, fileSystem)
        defer { withExtendedLifetime(lock) {} }
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

    /// Removes the temporary files of a file whose writers were killed, or lost their power. A living writer locks its own.
    package static func removeAbandoned(beside path: String) {
        let parent = path.parentDirectory
        for sibling in (try? Directory.names(in: parent)) ?? [] {
            guard let (name, kind) = SiblingName.parse(sibling), kind == .temporary,
                utf8Equal(name, path.lastComponent)
            else { continue }
            let temporary = parent.appendingComponent(sibling)
            guard let lock = FileLock.own(file: temporary) else { continue }
            withExtendedLifetime(lock) { _ = unlink(temporary) }
        }
    }

    /// Makes a temporary file that `removeAbandoned` leaves alone.
    private static func createTemporary(
        for path: String, in parent: String, _ fileSystem: any FileSystem
    ) throws(FileError) -> (path: String, file: OpenFile, lock: FileLock?) {
        while true {
            let temporary = parent.appendingComponent(
                SiblingName.make(for: path.lastComponent, kind: .temporary))
            let file = try fileSystem.create(temporary)
            // Other file systems are tests', whose descriptors may not be the system's.
            guard fileSystem is DiskFileSystem else { return (temporary, file, nil) }
            // Another process may have taken it for abandoned before it was locked.
            if let lock = FileLock.own(file) { return (temporary, file, lock) }
            try fileSystem.close(file)
        }
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
