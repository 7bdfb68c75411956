import CheckpointIO
import Platform

/// What to do when the output directory holds a run already.
public enum RunMode: Sendable, Hashable {
    /// Refuse.
    case fresh
    /// Start anew; the old run is kept aside until the new one has something to show.
    case overwrite
    /// Continue from its newest valid checkpoint.
    case resume
    /// The same, though the corpus may have changed: labels and the number of steps of an epoch must be what they were.
    case resumeOnChangedData

    /// Whether a run is to be continued.
    var isResuming: Bool { self == .resume || self == .resumeOnChangedData }
}

/// A run's directory, locked for this process.
public final class RunDirectory: Sendable {
    /// The directory.
    public let path: String
    /// What was done with the remains of interrupted saves when the directory was opened.
    let leftovers: [String]
    let fileSystem: any FileSystem
    private let lock: RunLock?

    /// What is made from the log and the record and can be made again; no checkpoint holds any of it.
    private static let derivedNames: Set<String> = ["report.html", "report.json", "trainer_state.json"]

    /// Whether a process is training in a directory at this moment.
    public static func isInUse(_ path: String) -> Bool { RunLock.isHeld(in: path) }

    /// Where an overwritten run lies until the new one has a valid checkpoint.
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

    /// Opens a directory for a run: creates it if need be, locks it, and removes what an interrupted save left.
    ///
    /// - Parameter isWriter: whether this process writes the run; one that only computes changes nothing.
    /// - Throws: as `check`, and `TrainingError.locked` or `FileError`.
    init(
        opening path: String, mode: RunMode, fileSystem: any FileSystem, isWriter: Bool = true
    ) throws {
        self.path = path.withoutTrailingSlashes
        self.fileSystem = fileSystem
        guard isWriter else {
            lock = nil
            leftovers = []
            return
        }
        try Self.check(path, mode: mode)
        try Self.makeDirectories(self.path, fileSystem: fileSystem)
        lock = try RunLock(directory: self.path)
        // Another process may have started a run between the look and the lock.
        try Self.check(path, mode: mode)
        leftovers = try CheckpointRecovery.recover(in: self.path, fileSystem: fileSystem).map { action in
            switch action {
            case .removed(let path): "removed \(path)"
            case .completed(let path): "completed \(path)"
            case .restored(let path): "restored \(path)"
            }
        }
        if mode == .overwrite { try setAside() }
    }

    /// The directory of a checkpoint.
    public func path(of name: CheckpointName) -> String { path.appendingComponent(name.directoryName) }

    /// The run's checkpoints, complete or not.
    public static func checkpoints(in path: String) throws -> [CheckpointName] {
        try Directory.names(in: path).compactMap(CheckpointName.init(directoryName:))
    }

    /// Removes the run that was set aside, if any.
    func removeAside() throws(FileError) {
        try DirectoryRemoval(fileSystem).removeTree(path.appendingComponent(Self.asideName))
    }

    /// Removes the checkpoints of epochs whose time has passed when so many epochs have ended. Later ones, which a run
    /// that went back to an earlier checkpoint will write again, push none out.
    func removeExpired(_ schedule: CheckpointSchedule, upTo epoch: Int) throws {
        guard schedule.saveTotalLimit != nil else { return }
        let epochs = try Self.checkpoints(in: path).compactMap { name -> Int? in
            if case .epoch(let number) = name, number <= epoch { number } else { nil }
        }
        for epoch in schedule.expired(epochs) {
            try CheckpointRecovery.remove(path(of: .epoch(epoch)), fileSystem: fileSystem)
        }
    }

    /// Moves a run aside. The best checkpoint goes first and the record last, so that a move that was interrupted is
    /// recognised and completed: a run without a valid best checkpoint never pushes out one that has it.
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
        guard let status = try FileStatus.of(path, followingLinks: true) else {
            try makeDirectories(path.parentDirectory, fileSystem: fileSystem)
            do {
                try fileSystem.makeDirectory(path)
            } catch {
                // Somebody else may have made it meanwhile.
                guard try FileStatus.of(path, followingLinks: true)?.kind == .directory else { throw error }
            }
            return
        }
        guard status.kind == .directory else { throw TrainingError.notADirectory(path: path) }
    }
}
