import Platform

/// Reserves a run directory for one process, by a lock on its file `.lock`.
final class RunLock: Sendable {
    private let lock: FileLock

    /// Locks a directory, which must exist.
    ///
    /// - Throws: `TrainingError.locked` when another process has it, or `FileError`.
    init(directory: String) throws {
        do throws(FileLock.Failure) {
            lock = try FileLock.take(Self.file(directory))
        } catch {
            switch error {
            case .held(let process): throw TrainingError.locked(directory: directory, process: process)
            case .file(let error): throw error
            }
        }
    }

    /// Whether some process has the lock of a directory.
    static func isHeld(in directory: String) -> Bool { FileLock.isHeld(file(directory)) }

    private static func file(_ directory: String) -> String { directory.appendingComponent(".lock") }
}
