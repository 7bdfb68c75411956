public import Platform

/// Cleans up after a crash: keeps or restores what is complete, and removes the rest.
public enum CheckpointRecovery {
    /// What recovery did.
    public enum Action: Sendable, Hashable {
        /// A leftover was removed; nothing of value was in it.
        case removed(String)
        /// A complete checkpoint was moved to its destination.
        case completed(String)
        /// The previous checkpoint was moved back to its destination.
        case restored(String)
    }

    /// Recovers every checkpoint directory and file of a run directory.
    ///
    /// Only names that this module makes (`.NAME.tmp-…`, `.NAME.old-…`, `.NAME.del-…`) are touched. The caller
    /// holds the run's lock: a save in progress would be taken for a leftover.
    ///
    /// - Returns: What was done, in order.
    /// - Throws: `FileError` when an operation fails; running it again continues.
    @discardableResult
    public static func recover(
        in directory: String, fileSystem: any FileSystem = DiskFileSystem()
    ) throws(FileError) -> [Action] {
        var actions: [Action] = []
        var leftovers: [(name: String, group: [Leftover])] = []
        for sibling in try Directory.names(in: directory) {
            guard let (name, kind) = SiblingName.parse(sibling) else { continue }
            let leftover = Leftover(path: directory.appendingComponent(sibling), kind: kind)
            if let index = leftovers.firstIndex(where: { utf8Equal($0.name, name) }) {
                leftovers[index].group.append(leftover)
            } else {
                leftovers.append((name, [leftover]))
            }
        }
        for (name, group) in leftovers {
            let recovery = DestinationRecovery(
                fileSystem: fileSystem, directory: directory, path: directory.appendingComponent(name))
            actions += try recovery.recover(group)
        }
        return actions
    }

    /// Removes the temporary directories of models that were being written when their processes were killed.
    ///
    /// Every writer locks its directory, so that one without a lock is nobody's. A directory with a manifest is a
    /// checkpoint's, and recovery decides about it. What cannot be removed is left.
    package static func removeAbandoned(in directory: String, fileSystem: any FileSystem = DiskFileSystem()) {
        for sibling in (try? Directory.names(in: directory)) ?? [] {
            guard let (_, kind) = SiblingName.parse(sibling), kind != .previous else { continue }
            let path = directory.appendingComponent(sibling)
            let manifest = path.appendingComponent(Manifest.fileName)
            guard let lock = FileLock.own(directory: path), access(manifest, F_OK) != 0 else { continue }
            withExtendedLifetime(lock) { try? DirectoryRemoval(fileSystem).removeTree(path) }
        }
    }

    /// Removes a checkpoint so that it is never visible in part.
    ///
    /// - Throws: `FileError` when an operation fails; recovery removes what is left.
    public static func remove(
        _ path: String, fileSystem: any FileSystem = DiskFileSystem()
    ) throws(FileError) {
        let path = path.withoutTrailingSlashes
        let parent = path.parentDirectory
        let discarded = parent.appendingComponent(SiblingName.make(for: path.lastComponent, kind: .discarded))
        try fileSystem.rename(path, to: discarded)
        try fileSystem.synchronizeDirectory(parent)
        try DirectoryRemoval(fileSystem).removeTree(discarded)
    }
}

private struct Leftover {
    let path: String
    let kind: SiblingName.Kind
}

/// Recovery of one checkpoint name.
private struct DestinationRecovery {
    let fileSystem: any FileSystem
    let directory: String
    let path: String

    func recover(_ leftovers: [Leftover]) throws(FileError) -> [CheckpointRecovery.Action] {
        var actions: [CheckpointRecovery.Action] = []
        var remaining = leftovers
        if let index = try bestReplacement(leftovers) {
            let chosen = remaining.remove(at: index)
            try synchronizeContent(of: chosen.path)
            let displaced = try DirectorySwap(fileSystem: fileSystem, destination: path).put(chosen.path) {}
            actions.append(chosen.kind == .previous ? .restored(path) : .completed(path))
            if let displaced { try DirectoryRemoval(fileSystem).removeTree(displaced) }
        }
        for leftover in remaining {
            try DirectoryRemoval(fileSystem).removeTree(leftover.path)
            actions.append(.removed(leftover.path))
        }
        return actions
    }

    /// The leftover to move to the destination; nil when the directory there is valid or no leftover is better.
    private func bestReplacement(_ leftovers: [Leftover]) throws(FileError) -> Int? {
        let standing = try FileStatus.of(path, followingLinks: false)
        if standing != nil, standing?.kind != .directory || isValid(path) { return nil }
        // Prefer a complete new directory to the one that it was to replace.
        for kind in [SiblingName.Kind.temporary, .previous] {
            if let index = leftovers.firstIndex(where: { $0.kind == kind && isValid($0.path) }) {
                return index
            }
        }
        // A displaced directory without a manifest counts as complete by its name.
        return standing == nil ? leftovers.firstIndex { $0.kind == .previous } : nil
    }

    private func isValid(_ path: String) -> Bool { CheckpointVerifier.verify(directory: path).isValid }

    /// Files of a process that has crashed may be complete in the page cache only.
    private func synchronizeContent(of path: String) throws(FileError) {
        for name in try Directory.names(in: path) {
            let entry = path.appendingComponent(name)
            guard try FileStatus.of(entry, followingLinks: false)?.kind == .file else { continue }
            let file = try fileSystem.openForAppending(entry)
            do throws(FileError) {
                try fileSystem.synchronize(file)
            } catch {
                try? fileSystem.close(file)
                throw error
            }
            try fileSystem.close(file)
        }
        try fileSystem.synchronizeDirectory(path)
    }
}
