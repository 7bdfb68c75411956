import Platform

/// Moves a complete directory to its destination.
struct DirectorySwap {
    let fileSystem: any FileSystem
    let destination: String

    private var parent: String { destination.parentDirectory }

    /// Moves a finished and synchronized directory to the destination and makes that durable.
    ///
    /// - Parameters:
    ///   - staged: The finished directory, a sibling of the destination.
    ///   - moved: Called as soon as what `staged` names must be left to recovery.
    /// - Returns: Where the previous directory is now, for removal, or nil when there was none.
    func put(_ staged: String, moved: () -> Void) throws(FileError) -> String? {
        guard try FileStatus.of(destination, followingLinks: false) != nil else {
            try fileSystem.rename(staged, to: destination)
            moved()
            try fileSystem.synchronizeDirectory(parent)
            return nil
        }
        if try fileSystem.exchange(staged, destination) {
            moved()
            // The previous directory, now under the other name, may be removed only once the exchange is durable.
            try fileSystem.synchronizeDirectory(parent)
            return staged
        }
        return try replaceInTwoSteps(staged, moved: moved)
    }

    /// Without an exchange there is a moment without a destination; recovery completes it from either side.
    private func replaceInTwoSteps(_ staged: String, moved: () -> Void) throws(FileError) -> String {
        let previous = parent.appendingComponent(
            SiblingName.make(for: destination.lastComponent, kind: .previous))
        // The new directory must be durable before the old one is renamed, so that recovery can complete the swap.
        try fileSystem.synchronizeDirectory(parent)
        try fileSystem.rename(destination, to: previous)
        do throws(FileError) {
            try fileSystem.rename(staged, to: destination)
        } catch {
            // Restore the previous directory at once. If that fails too, recovery needs both directories.
            do throws(FileError) {
                try fileSystem.rename(previous, to: destination)
            } catch {
                moved()
            }
            throw error
        }
        moved()
        try fileSystem.synchronizeDirectory(parent)
        return previous
    }
}
