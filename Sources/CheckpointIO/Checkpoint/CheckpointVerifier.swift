/// Checks a checkpoint directory against its manifest and its files against their formats.
public enum CheckpointVerifier {
    /// Checks everything and reports all that is wrong; a directory that cannot be read is a finding, too.
    ///
    /// - Parameters:
    ///   - directory: The checkpoint.
    ///   - includesLocal: Whether files are checked that belong to this machine alone.
    ///   - progress: Called with the bytes hashed so far and the bytes in all.
    public static func verify(
        directory: String, includesLocal: Bool = true, progress: ((_ done: Int, _ total: Int) -> Void)? = nil
    ) -> VerificationReport {
        var report = VerificationReport(directory: directory)
        let manifest: Manifest
        do throws(CheckpointError) {
            guard let status = try FileStatus.of(directory, followingLinks: true), status.kind == .directory
            else {
                throw CheckpointError(.file(.notDirectory), path: directory)
            }
            manifest = try Manifest(directory: directory)
            report.unlistedFiles = try Directory.names(in: directory).filter { name in
                manifest.entry(name) == nil && !ByteOrder.same(name, Manifest.fileName)
            }
        } catch {
            report.manifestProblem = error
            return report
        }
        let entries = manifest.entries.filter { includesLocal || $0.role != .local }
        let total = entries.reduce(0) { $0.addingReportingOverflow($1.byteCount).partialValue }
        var done = 0
        var agreement = CheckpointAgreement(directory: directory)
        for entry in entries {
            report.files.append(
                check(entry, in: directory, &agreement) { progress?(done + $0, total) })
            done += entry.byteCount
        }
        report.disagreements = agreement.problems
        return report
    }

    private static func check(
        _ entry: Manifest.Entry, in directory: String, _ agreement: inout CheckpointAgreement,
        progress: @escaping (Int) -> Void
    ) -> VerificationReport.File {
        let path = directory.appendingComponent(entry.name)
        do throws(CheckpointError) {
            guard try FileStatus.of(path, followingLinks: true) != nil else {
                return VerificationReport.File(entry: entry, state: .missing)
            }
            let file = try MappedFile(path: path)
            if let problem = try mismatch(entry, file, progress: progress) {
                let error = CheckpointError(.manifest(problem), path: path)
                return VerificationReport.File(
                    entry: entry, state: entry.role == .editable ? .edited : .invalid(error))
            }
            agreement.shapes[entry.name] = try shapes(of: file, name: entry.name)
        } catch {
            return VerificationReport.File(entry: entry, state: .invalid(error))
        }
        return VerificationReport.File(entry: entry, state: .intact)
    }

    private static func mismatch(
        _ entry: Manifest.Entry, _ file: MappedFile, progress: @escaping (Int) -> Void
    ) throws(CheckpointError) -> ManifestProblem? {
        guard file.byteCount == entry.byteCount else {
            return .sizeMismatch(file: entry.name, expected: entry.byteCount, got: file.byteCount)
        }
        let sha256 = FileHash.sha256(of: file, progress: progress)
        guard ByteOrder.same(sha256, entry.sha256) else {
            return .hashMismatch(file: entry.name, expected: entry.sha256, got: sha256)
        }
        return nil
    }

    /// A file may be what was written and still not be what its name says.
    ///
    /// - Returns: the shapes of its tensors; nil for a file that has none.
    private static func shapes(of file: MappedFile, name: String) throws(CheckpointError) -> [String: [Int]]?
    {
        if name.hasSuffix(".safetensors") {
            return try SafetensorsFile(file: file).tensors.mapValues(\.shape)
        }
        if name.hasSuffix(".apr") { return try APRFile(file: file).tensors.mapValues(\.shape) }
        return nil
    }
}

/// What a verification has found.
public struct VerificationReport: Sendable {
    /// How a listed file stands.
    public enum State: Sendable, Hashable {
        /// Exactly what was written.
        case intact
        /// Changed, which this file may be.
        case edited
        /// Not there.
        case missing
        /// Changed or damaged.
        case invalid(CheckpointError)
    }

    /// One listed file.
    public struct File: Sendable, Hashable {
        /// What the manifest says of it.
        public let entry: Manifest.Entry
        /// How it stands.
        public let state: State

        /// Whether the checkpoint can be used in spite of how the file stands.
        public var isAcceptable: Bool {
            switch (state, entry.role) {
            case (.intact, _), (.edited, _), (.missing, .editable), (.missing, .local): true
            case (.missing, .protected), (.invalid, _): false
            }
        }
    }

    /// The directory that was checked.
    public let directory: String
    /// Why there is no usable manifest, if so; nothing else was checked then.
    public internal(set) var manifestProblem: CheckpointError?
    /// The listed files in byte order of their names.
    public internal(set) var files: [File] = []
    /// Where the files that hold the same tensors do not agree about them.
    public internal(set) var disagreements: [CheckpointError] = []
    /// Files that are there and not listed.
    public internal(set) var unlistedFiles: [String] = []

    init(directory: String) { self.directory = directory }

    /// Whether the directory is a complete and undamaged checkpoint.
    public var isValid: Bool {
        manifestProblem == nil && disagreements.isEmpty && files.allSatisfy(\.isAcceptable)
    }

    /// Whether training can be resumed from the directory: it is valid and its local state is there.
    public var isResumable: Bool {
        isValid && files.contains { $0.entry.role == .local }
            && files.allSatisfy { $0.entry.role != .local || $0.state == .intact }
    }

    /// Why the directory is not valid; empty when it is.
    public var problems: [CheckpointError] {
        var problems: [CheckpointError] = manifestProblem.map { [$0] } ?? []
        for file in files where !file.isAcceptable {
            switch file.state {
            case .invalid(let error): problems.append(error)
            case .missing:
                problems.append(CheckpointError(.manifest(.missingFile(file.entry.name)), path: directory))
            case .intact, .edited: break
            }
        }
        return problems + disagreements
    }
}
