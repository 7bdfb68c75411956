import Crypto
import FileHashing
import JSONCore
public import Platform

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
        let opened: CheckpointFiles
        do throws(FileError) {
            opened = try CheckpointFiles.open(directory, includesLocal: includesLocal)
        } catch {
            let kind = (try? FileStatus.of(directory, followingLinks: true))?.kind
            report.manifestProblem =
                kind == .directory ? error : FileError(FileProblem.notDirectory, path: directory)
            return report
        }
        report.unlistedFiles = opened.unlistedNames
        report.contents = opened.files.compactMapValues { try? $0.get() }
        let entries = opened.manifest.entries.filter { includesLocal || $0.role != .local }
        let count = SharedByteCount(total: entries.map(\.byteCount).reduce(0, &+), progress)
        let checked = parallelMap(entries, costs: entries.map(\.byteCount)) { entry in
            check(entry, opened.files[entry.name], count)
        }
        var agreement = CheckpointAgreement(directory: directory)
        for file in checked {
            report.files.append(
                VerificationReport.File(entry: file.entry, state: file.state, status: file.status))
            agreement.shapes[file.entry.name] = file.shapes
            if file.entry.name == "model.apr" { report.model = file.weights }
            if file.entry.name == "training_state.apr" { report.trainingState = file.weights }
        }
        report.disagreements = agreement.problems
        return report
    }

    /// One file as it was found.
    private struct Checked {
        let entry: Manifest.Entry
        let state: VerificationReport.State
        var status: FileStatus?
        /// The shapes of its tensors; nil for a file that has none.
        var shapes: [String: [Int]]?
        var weights: APRFile?
    }

    private static func check(
        _ entry: Manifest.Entry, _ opened: CheckpointFiles.Opened?, _ count: SharedByteCount
    ) -> Checked {
        var done = 0
        defer { count.add(entry.byteCount - done) }
        do throws(FileError) {
            guard let file = try opened?.get() else { return Checked(entry: entry, state: .missing) }
            // Each file is read once, for its hash and for its format.
            var (hash, checksum) = (SHA256(), APRChecksum(of: file))
            let isAPR = entry.name.hasSuffix(".apr")
            if file.byteCount == entry.byteCount {
                FileHash.read(file) { piece in
                    hash.update(bufferPointer: piece)
                    if isAPR { checksum.update(piece) }
                    done += piece.count
                    count.add(piece.count)
                }
            }
            if let problem = mismatch(entry, byteCount: file.byteCount, Hexadecimal.text(hash.finalize())) {
                let error = FileError(problem, path: file.path)
                return Checked(
                    entry: entry, state: entry.role == .editable ? .edited : .invalid(error),
                    status: file.status)
            }
            // An unchanged file may still not have the format that its name says.
            var checked = Checked(entry: entry, state: .intact, status: file.status)
            if isAPR {
                let weights = try APRFile(file: file, checksum: checksum)
                checked.shapes = weights.tensors.mapValues(\.shape)
                checked.weights = weights
            } else if entry.name.hasSuffix(".safetensors") {
                checked.shapes = try SafetensorsFile(file: file).tensors.mapValues(\.shape)
            } else if entry.name.hasSuffix(".json"), entry.role != .editable, file.byteCount <= documentLimit
            {
                try checkDocument(file)
            }
            return checked
        } catch {
            return Checked(entry: entry, state: .invalid(error))
        }
    }

    /// The longest JSON file that is parsed: configurations are shorter. A tokenizer may be longer, and who loads it
    /// parses it.
    private static let documentLimit = 1 << 20

    private static func checkDocument(_ file: MappedFile) throws(FileError) {
        let document: JSONValue
        do throws(JSONError) {
            document = try file.withUnsafeBytes { bytes throws(JSONError) in
                try JSONParser.parse(bytes, duplicateKeys: .lastWins)
            }
        } catch {
            throw FileError(ManifestProblem.notJSON(error), path: file.path)
        }
        guard document.object != nil else {
            throw FileError(
                ManifestProblem.invalidMember("the document", expected: "a JSON object"), path: file.path)
        }
    }

    private static func mismatch(
        _ entry: Manifest.Entry, byteCount: Int, _ sha256: String
    ) -> ManifestProblem? {
        guard byteCount == entry.byteCount else {
            return .sizeMismatch(file: entry.name, expected: entry.byteCount, got: byteCount)
        }
        guard utf8Equal(sha256, entry.sha256) else {
            return .hashMismatch(file: entry.name, expected: entry.sha256, got: sha256)
        }
        return nil
    }
}

/// What a verification has found.
public struct VerificationReport: Sendable {
    /// The state of a listed file.
    public enum State: Sendable, Hashable {
        /// Unchanged.
        case intact
        /// Changed, as this file may be.
        case edited
        /// Missing.
        case missing
        /// Changed or damaged.
        case invalid(FileError)
    }

    /// One listed file.
    public struct File: Sendable, Hashable {
        /// What the manifest says of it.
        public let entry: Manifest.Entry
        /// Its state.
        public let state: State
        /// What the file system said of it when it was read.
        package let status: FileStatus?

        /// Whether the checkpoint is usable with the file in this state.
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
    public internal(set) var manifestProblem: FileError?
    /// The listed files in byte order of their names.
    public internal(set) var files: [File] = []
    /// Where the files that hold the same tensors do not agree about them.
    public internal(set) var disagreements: [FileError] = []
    /// The weights, opened, where they are intact.
    package internal(set) var model: APRFile?
    /// The training state, opened, where it is intact.
    package internal(set) var trainingState: APRFile?
    /// The listed files that could be opened, by name, as they were checked.
    package var contents: [String: MappedFile] = [:]
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
    public var problems: [FileError] {
        var problems: [FileError] = manifestProblem.map { [$0] } ?? []
        for file in files where !file.isAcceptable {
            switch file.state {
            case .invalid(let error): problems.append(error)
            case .missing:
                problems.append(FileError(ManifestProblem.missingFile(file.entry.name), path: directory))
            case .intact, .edited: break
            }
        }
        return problems + disagreements
    }
}
