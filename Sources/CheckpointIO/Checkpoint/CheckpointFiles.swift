package import Platform

/// The files of a checkpoint, opened together while its directory was complete.
///
/// A training run exchanges the directory with a newer one and then removes the older files. Files that are open stay
/// readable, so everything that is read here belongs to one checkpoint.
package struct CheckpointFiles {
    /// A file that the manifest lists.
    typealias Opened = Result<MappedFile, FileError>

    let manifest: Manifest
    /// The listed files that are there, or why they cannot be opened, by name.
    let files: [String: Opened]
    /// The names of files that are there and not listed.
    let unlistedNames: [String]

    /// How long opening is tried while other checkpoints take the name of the directory.
    ///
    /// Where a file system cannot exchange two directories, the name is free for a moment, and the writer may have to wait
    /// for a processor in that moment.
    private static let patience: Duration = .seconds(2)

    /// Opens a checkpoint's files.
    ///
    /// - Parameter includesLocal: Whether files are opened that belong to this machine alone.
    /// - Throws: `FileError` when there is no directory, or no valid manifest in it.
    static func open(_ directory: String, includesLocal: Bool) throws(FileError) -> CheckpointFiles {
        let deadline = ContinuousClock.now + patience
        while ContinuousClock.now < deadline {
            guard let held = try opened(directory) else { continue }
            let outcome = Result { () throws(FileError) in
                try CheckpointFiles(in: held, includesLocal: includesLocal)
            }
            // A directory that is still under its name lacks what it lacks.
            if let files = try? outcome.get(), files.isComplete(includesLocal) { return files }
            if held.isAtPath { return try outcome.get() }
        }
        return try CheckpointFiles(in: HeldDirectory(path: directory), includesLocal: includesLocal)
    }

    /// The names of the files in a directory, read while it stood under its name.
    ///
    /// - Throws: `FileError` when there is no directory.
    package static func names(in directory: String) throws(FileError) -> [String] {
        let deadline = ContinuousClock.now + patience
        while ContinuousClock.now < deadline {
            guard let held = try opened(directory) else { continue }
            let names = Result { () throws(FileError) in try held.names() }
            if held.isAtPath { return try names.get() }
        }
        return try HeldDirectory(path: directory).names()
    }

    /// The directory; nil while it is being replaced in two steps, after a moment.
    ///
    /// It is missing only where one listing shows neither its name nor a sibling's: the replacement may end between the
    /// attempt to open it and the listing.
    private static func opened(_ directory: String) throws(FileError) -> HeldDirectory? {
        do throws(FileError) {
            return try HeldDirectory(path: directory)
        } catch {
            let name = directory.lastComponent
            let siblings = (try? Directory.names(in: directory.withoutTrailingSlashes.parentDirectory)) ?? []
            let isBeingReplaced = siblings.contains { sibling in
                utf8Equal(sibling, name)
                    || SiblingName.parse(sibling).map { utf8Equal($0.name, name) } ?? false
            }
            guard error.isNotFound, isBeingReplaced else { throw error }
            usleep(1_000)
            return nil
        }
    }

    private init(in directory: HeldDirectory, includesLocal: Bool) throws(FileError) {
        manifest = try Manifest(in: directory)
        var files: [String: Opened] = [:]
        for entry in manifest.entries where includesLocal || entry.role != .local {
            do throws(FileError) {
                files[entry.name] = .success(try MappedFile(entry.name, in: directory))
            } catch {
                if !error.isNotFound { files[entry.name] = .failure(error) }
            }
        }
        self.files = files
        let manifest = manifest
        unlistedNames = try directory.names().filter { name in
            manifest.entry(name) == nil && !utf8Equal(name, Manifest.fileName)
        }
    }

    private func isComplete(_ includesLocal: Bool) -> Bool {
        manifest.entries.allSatisfy { files[$0.name] != nil || !(includesLocal || $0.role != .local) }
    }
}
