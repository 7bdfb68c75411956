public import FileHashing
public import Platform

/// Writes a directory of files so that it appears complete or not at all.
///
/// Files go into a sibling temporary directory, each hashed while written. `commit()` writes the manifest, synchronizes
/// the files and the directory and swaps it with the destination in one step; until then a previous checkpoint of that
/// name is untouched. A writer that is dropped without commit removes what it wrote; what a
/// crash leaves behind, `CheckpointRecovery` removes or completes.
public final class CheckpointDirectoryWriter {
    /// What a commit has achieved.
    public struct Outcome: Sendable {
        /// The manifest of the new directory.
        public let manifest: Manifest
        /// Why the previous directory could not be removed, if so; the new one is in place all the same.
        public let cleanupFailure: FileError?
    }

    /// The directory to be written.
    public let destination: String
    /// The directory in which the files are until the commit, for checks before it.
    public let stagingPath: String

    private let fileSystem: any FileSystem
    private let writesManifest: Bool
    private var entries: [Manifest.Entry] = []
    /// Files that are complete but not synchronized. Syncing them together is faster: a journal that commits
    /// the first usually holds the others too.
    private var unsynchronized: [FileSink] = []
    /// The most files that are kept open for that.
    private static let unsynchronizedLimit = 64
    private var isCommitted = false
    /// Shows other processes that the temporary directory is in use.
    private let ownership: FileLock?

    /// Begins a directory.
    ///
    /// - Parameters:
    ///   - destination: The directory to be written; its parent must exist. A previous directory is replaced.
    ///   - writesManifest: Whether the directory is a checkpoint and gets a manifest.
    ///   - fileSystem: What carries out the changes.
    /// - Throws: `FileError` when the destination is something else than a directory, or the temporary
    ///   directory cannot be created.
    public init(
        destination: String, writesManifest: Bool = true, fileSystem: any FileSystem = DiskFileSystem()
    ) throws(FileError) {
        self.destination = destination.withoutTrailingSlashes
        self.writesManifest = writesManifest
        self.fileSystem = fileSystem
        let name = self.destination.lastComponent
        guard FileName.isPlain(name) else {
            throw FileError(CheckpointProblem.unsafeName(name), path: destination)
        }
        if let status = try FileStatus.of(self.destination, followingLinks: false), status.kind != .directory
        {
            throw FileError(FileProblem.notDirectory, path: destination)
        }
        let parent = self.destination.parentDirectory
        var path = ""
        var lock: FileLock?
        for _ in 0..<4 {
            path = parent.appendingComponent(SiblingName.make(for: name, kind: .temporary))
            try fileSystem.makeDirectory(path)
            lock = FileLock.own(directory: path)
            // Another process may have taken it for abandoned before it was locked.
            if lock != nil { break }
            if try FileStatus.of(path, followingLinks: false) != nil { break }
        }
        (stagingPath, ownership) = (path, lock)
    }

    deinit {
        // The caller already handles an earlier error; recovery removes what remains.
        if !isCommitted { try? DirectoryRemoval(fileSystem).removeTree(stagingPath) }
    }

    /// Adds a file of these bytes.
    public func add(name: String, bytes: [UInt8]) throws(FileError) {
        var sink = try begin(name)
        try sink.write(bytes)
        try flush(name, sink)
    }

    /// Adds a file of this text in UTF-8.
    public func add(name: String, text: String) throws(FileError) {
        try add(name: name, bytes: Array(text.utf8))
    }

    /// Adds a file whose content is produced piece by piece.
    ///
    /// - Throws: `FileError` from writing, and whatever `body` throws.
    public func add(name: String, writingWith body: (inout FileSink) throws -> Void) throws {
        var sink = try begin(name)
        try body(&sink)
        try flush(name, sink)
    }

    /// Adds a copy of a file, under its own or another name.
    public func copy(file path: String, as name: String? = nil) throws(FileError) {
        let source = try MappedFile(path: path)
        let name = name ?? path.lastComponent
        let sink = try begin(name)
        try source.withUnsafeBytes { bytes throws(FileError) in
            var rest = bytes
            while !rest.isEmpty {
                let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(4 << 20))
                try sink.write(piece)
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(piece.count))
            }
        }
        try flush(name, sink)
    }

    /// Completes the directory and moves it to its destination in one step.
    ///
    /// - Returns: The manifest, and the reason if the previous directory could not be removed.
    /// - Throws: `FileError`; the previous directory is then still valid, unless the swap itself was
    ///   carried out and only its durability is unknown, in which case one of the two is.
    @discardableResult
    public func commit() throws(FileError) -> Outcome {
        let manifest = Manifest(entries)
        if writesManifest {
            var sink = try FileSink(
                creating: stagingPath.appendingComponent(Manifest.fileName), fileSystem: fileSystem)
            try sink.write(manifest.encoded())
            _ = try sink.flush()
            unsynchronized.append(sink)
        }
        try syncAndCloseAll()
        try fileSystem.synchronizeDirectory(stagingPath)
        let swap = DirectorySwap(fileSystem: fileSystem, destination: destination)
        let previous = try swap.put(stagingPath) { self.isCommitted = true }
        var failure: FileError?
        if let previous {
            do throws(FileError) {
                try DirectoryRemoval(fileSystem).removeTree(previous)
            } catch {
                failure = error
            }
        }
        return Outcome(manifest: manifest, cleanupFailure: failure)
    }

    private func begin(_ name: String) throws(FileError) -> FileSink {
        guard FileName.isPlain(name), !utf8Equal(name, Manifest.fileName) else {
            throw FileError(CheckpointProblem.unsafeName(name), path: destination)
        }
        guard !entries.contains(where: { $0.name == name }) else {
            throw FileError(CheckpointProblem.duplicateName(name), path: destination)
        }
        return try FileSink(creating: stagingPath.appendingComponent(name), fileSystem: fileSystem)
    }

    private func flush(_ name: String, _ sink: FileSink) throws(FileError) {
        let summary = try sink.flush()
        unsynchronized.append(sink)
        entries.append(Manifest.Entry(name: name, byteCount: summary.byteCount, sha256: summary.sha256))
        if unsynchronized.count >= Self.unsynchronizedLimit { try syncAndCloseAll() }
    }

    /// Makes the files durable.
    private func syncAndCloseAll() throws(FileError) {
        for sink in unsynchronized { try sink.syncAndClose() }
        unsynchronized = []
    }
}
