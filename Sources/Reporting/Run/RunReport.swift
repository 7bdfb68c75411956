import JSONCore
public import Platform

/// Writes what is derived from a run's log: `report.html`, `report.json` and `trainer_state.json`.
public enum RunReport {
    /// Writes all three.
    ///
    /// - Parameters:
    ///   - facts: what `report.json` is to hold; nil leaves it as it is.
    ///   - isInUse: whether a process is training in the directory.
    ///   - fileSystem: what carries out the changes.
    /// - Throws: `ReportError` or `FileError`.
    public static func write(
        directory: String, facts: RunFacts?, isInUse: Bool, fileSystem: any FileSystem = DiskFileSystem()
    ) throws {
        func write(_ text: String, to path: String) throws(FileError) {
            try AtomicFile.write(Array(text.utf8), to: path, fileSystem: fileSystem)
        }
        if let facts {
            try write(
                JSONValue.object(facts.json).encoded() + "\n",
                to: directory.appendingComponent(RunFacts.fileName))
        }
        let files = try RunFiles(directory: directory)
        try write(
            JSONValue.object(TrainerState.json(files)).encoded(.pretty) + "\n",
            to: directory.appendingComponent(TrainerState.fileName))
        try write(
            RunPage.html(files, state: files.state(isInUse: isInUse)),
            to: directory.appendingComponent(RunPage.fileName))
    }

    /// Writes a page or document in one step.
    public static func write(_ text: String, to path: String) throws(FileError) {
        try AtomicFile.write(Array(text.utf8), to: path)
    }
}
