import CheckpointIO
import Platform

/// The machine's file system, which reports the points at which a run can be killed.
struct PausingFileSystem: FileSystem {
    let points: PausePoints
    /// Whether names can be exchanged; without it, replacing takes two steps.
    let canExchange: Bool
    private let disk = DiskFileSystem()

    init(points: PausePoints, canExchange: Bool) {
        self.points = points
        self.canExchange = canExchange
    }

    /// The kind of leftover that the directory of a path is, if any.
    private func kindOfParent(_ path: String) -> SiblingName.Kind? { kind(path.parentDirectory) }

    private func kind(_ path: String) -> SiblingName.Kind? { SiblingName.parse(path.lastComponent)?.kind }

    func create(_ path: String) throws(FileError) -> OpenFile {
        if kindOfParent(path) == .temporary, path.lastComponent == Manifest.fileName {
            points.reach(.beforeManifest)
        }
        return try disk.create(path)
    }

    func openForAppending(_ path: String) throws(FileError) -> OpenFile {
        try disk.openForAppending(path)
    }

    func write(_ bytes: UnsafeRawBufferPointer, to file: OpenFile) throws(FileError) -> Int {
        let point: PausePoint
        switch file.path.lastComponent {
        case "metrics.jsonl": point = .metricsLine
        case Manifest.fileName: return try disk.write(bytes, to: file)
        default:
            guard kindOfParent(file.path) == .temporary else { return try disk.write(bytes, to: file) }
            point = .temporaryFile
        }
        guard points.isTarget(point) else { return try disk.write(bytes, to: file) }
        _ = try disk.write(UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count / 2)]), to: file)
        points.stop(at: point)
    }

    func truncate(_ file: OpenFile, to byteCount: Int) throws(FileError) {
        points.reach(.cut)
        try disk.truncate(file, to: byteCount)
    }

    func synchronize(_ file: OpenFile) throws(FileError) { try disk.synchronize(file) }

    func close(_ file: OpenFile) throws(FileError) { try disk.close(file) }

    func makeDirectory(_ path: String) throws(FileError) { try disk.makeDirectory(path) }

    func synchronizeDirectory(_ path: String) throws(FileError) {
        try disk.synchronizeDirectory(path)
    }

    func rename(_ source: String, to destination: String) throws(FileError) {
        if kind(destination) == .discarded { points.reach(.expiry) }
        // A run's first checkpoint gets its name by a rename.
        let isCommit = kind(source) == .temporary && SiblingName.parse(destination.lastComponent) == nil
        let isCheckpoint = isCommit && (try? FileStatus.of(source, followingLinks: false))?.kind == .directory
        if isCheckpoint { points.reach(.beforeExchange) }
        try disk.rename(source, to: destination)
        if isCheckpoint { points.reach(.afterExchange) }
        if kind(destination) == .previous { points.reach(.betweenRenames) }
    }

    func exchange(_ first: String, _ second: String) throws(FileError) -> Bool {
        guard canExchange else { return false }
        points.reach(.beforeExchange)
        let isDone = try disk.exchange(first, second)
        if isDone { points.reach(.afterExchange) }
        return isDone
    }

    func removeFile(_ path: String) throws(FileError) {
        reachRemoval(kindOfParent(path))
        try disk.removeFile(path)
    }

    func removeDirectory(_ path: String) throws(FileError) {
        reachRemoval(kind(path))
        try disk.removeDirectory(path)
    }

    private func reachRemoval(_ kind: SiblingName.Kind?) {
        switch kind {
        case .temporary, .previous: points.reach(.cleanup)
        case .discarded: points.reach(.expiry)
        case nil: break
        }
    }

    func freeSpace(at path: String) throws(FileError) -> Int { try disk.freeSpace(at: path) }
}
