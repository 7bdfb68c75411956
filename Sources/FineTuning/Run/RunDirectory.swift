import CheckpointIO
import Platform

/// What to do when the output directory already holds a run.
public enum RunMode: Sendable, Hashable {
    /// Refuse.
    case fresh
    /// Start a new run; the old one is moved aside until the new one has a checkpoint.
    case overwrite
    /// Continue from its newest valid checkpoint.
    case resume
    /// The same, but the corpus may have changed; its labels and the number of steps per epoch must not.
    case resumeOnChangedData

    /// Whether a run is resumed.
    var isResuming: Bool { self == .resume || self == .resumeOnChangedData }
}

/// A run's directory, locked for this process and held open: when it is moved away and its name given to another, the
/// run stops and writes nothing to the other.
public final class RunDirectory: Sendable {
    /// The directory.
    public let path: String
    /// The warnings about remains of interrupted saves that were removed when the directory was opened.
    let leftovers: [String]
    let fileSystem: any FileSystem
    private let held: HeldDirectory?
    private let lock: RunLock?

    /// Files that are made from the log and the record and can be made again; no checkpoint needs them.
    private static let derivedNames: Set<String> = ["report.html", "report.json", "trainer_state.json"]

    /// Whether a process is training in a directory now.
    public static func isInUse(_ path: String) -> Bool { RunLock.isHeld(in: path) }

    /// The directory that keeps an overwritten run until the new one has a valid checkpoint.
    static let asideName = "previous-run"

    /// Checks, without changing anything, that a run could be started or continued in a directory.
    ///
    /// - Throws: `TrainingError.runExists`, `.noRun` or `.notADirectory`.
    public static func check(_ path: String, mode: RunMode) throws {
        guard let status = try FileStatus.of(path, followingLinks: true) else {
            if mode.isResuming { throw TrainingError.noRun(directory: path) }
            return
        }
        guard status.kind == .directory else { throw TrainingError.notADirectory(path: path) }
        let holdsRun = try !runEntries(in: path).isEmpty
        switch mode {
        case .fresh where holdsRun: throw TrainingError.runExists(directory: path)
        case .resume where !holdsRun, .resumeOnChangedData where !holdsRun:
            throw TrainingError.noRun(directory: path)
        default: break
        }
    }

    /// Opens a directory for a run: creates it if needed, locks it, and removes the remains of interrupted saves.
    ///
    /// - Parameter isWriter: whether this process writes the run; others change no files.
    /// - Throws: as `check`, and `TrainingError.locked` or `FileError`.
    init(
        opening path: String, mode: RunMode, fileSystem: any FileSystem, isWriter: Bool = true
    ) throws {
        self.path = path.withoutTrailingSlashes
        guard isWriter else {
            self.fileSystem = fileSystem
            held = nil
            lock = nil
            leftovers = []
            return
        }
        try Self.check(path, mode: mode)
        try Self.makeDirectories(self.path, fileSystem: fileSystem)
        let held = try HeldDirectory(path: self.path)
        lock = try RunLock(directory: self.path)
        // Another process may have started a run, or moved the directory, between the check and the lock.
        try held.requireAtPath()
        try Self.check(path, mode: mode)
        let fileSystem = fileSystem.holding(held)
        self.held = held
        self.fileSystem = fileSystem
        leftovers = try CheckpointRecovery.recover(in: self.path, fileSystem: fileSystem).map { action in
            switch action {
            case .removed(let path): "removed \(path)"
            case .completed(let path): "completed \(path)"
            case .restored(let path): "restored \(path)"
            }
        }
        if mode == .overwrite { try setAside() }
    }

    /// - Throws: `FileError` when the path names another directory than when it was opened, or nothing.
    func requireAtPath() throws(FileError) { try held?.requireAtPath() }

    /// The directory of a checkpoint.
    public func path(of name: CheckpointName) -> String { path.appendingComponent(name.directoryName) }

    /// The run's checkpoints, valid or not.
    public static func checkpoints(in path: String) throws -> [CheckpointName] {
        try Directory.names(in: path).compactMap(CheckpointName.init(directoryName:))
    }

    /// Removes the run that was set aside, if any.
    func removeAside() throws(FileError) {
        try DirectoryRemoval(fileSystem).removeTree(path.appendingComponent(Self.asideName))
    }

    /// Removes the checkpoints of epochs that have expired after this many epochs. Later checkpoints do not count: a
    /// run that went back to an earlier checkpoint will write them again.
    func removeExpired(_ schedule: CheckpointSchedule, upTo epoch: Int) throws {
        guard schedule.saveTotalLimit != nil else { return }
        let epochs = try Self.checkpoints(in: path).compactMap { name -> Int? in
            if case .epoch(let number) = name, number <= epoch { number } else { nil }
        }
        for epoch in schedule.expired(epochs) {
            try CheckpointRecovery.remove(path(of: .epoch(epoch)), fileSystem: fileSystem)
        }
    }

    /// Moves a run aside. The best checkpoint moves first and the record last, so that an interrupted move is
    /// recognised and completed. A run without a valid best checkpoint never replaces one that has it.
    private func setAside() throws {
        let aside = path.appendingComponent(Self.asideName)
        let entries = try Self.runEntries(in: path)
        guard !entries.isEmpty else { return }
        let removal = DirectoryRemoval(fileSystem)
        let hasAside = try FileStatus.of(aside, followingLinks: false) != nil
        if hasAside, CheckpointVerifier.verify(directory: path(of: .best)).isValid {
            try removal.removeTree(aside)
        }
        if try FileStatus.of(aside, followingLinks: false) == nil { try fileSystem.makeDirectory(aside) }
        for name in entries {
            let kept = aside.appendingComponent(name)
            if try FileStatus.of(kept, followingLinks: false) != nil {
                try removal.removeTree(path.appendingComponent(name))
            } else {
                try fileSystem.rename(path.appendingComponent(name), to: kept)
            }
        }
        try fileSystem.synchronizeDirectory(aside)
        try fileSystem.synchronizeDirectory(path)
    }

    /// The entries that belong to a run: its best checkpoint first, its record last.
    private static func runEntries(in path: String) throws -> [String] {
        func rank(_ name: String) -> Int { name == "best" ? 0 : name == RunRecord.fileName ? 2 : 1 }
        return try Directory.names(in: path)
            .filter { name in
                CheckpointName(directoryName: name) != nil || name == RunRecord.fileName
                    || derivedNames.contains(name)
                    || (name.hasPrefix("metrics") && name.hasSuffix(".jsonl"))
            }
            .sorted { rank($0) < rank($1) }
    }

    private static func makeDirectories(_ path: String, fileSystem: any FileSystem) throws {
        if let status = try FileStatus.of(path, followingLinks: true), status.kind != .directory {
            throw TrainingError.notADirectory(path: path)
        }
        try Directory.make(path, fileSystem: fileSystem)
    }
}

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
