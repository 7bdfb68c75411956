import CheckpointIO
import Platform

/// The directory an import is to be written to.
struct ImportDestination {
    let path: String

    /// Checks that the directory may be written, makes its parents, and removes what a killed import left there.
    func prepare(overwrite: Bool, source: MappedFile) throws {
        try check(overwrite: overwrite, source: source)
        CheckpointRecovery.removeAbandoned(of: path)
    }

    private func check(overwrite: Bool, source: MappedFile) throws {
        guard let status = try FileStatus.of(path, followingLinks: true) else {
            return try Directory.make(path.withoutTrailingSlashes.parentDirectory)
        }
        guard status.kind == .directory else { throw FileError(FileProblem.notDirectory, path: path) }
        let names = try Directory.names(in: path)
        guard !names.isEmpty else { return }
        guard overwrite else { throw ImportError(.outputExists, path: path) }
        // What overwriting removes must be a model directory and nothing else.
        guard names.contains("config.json") || names.contains(ImportRecord.fileName) else {
            throw ImportError(.outputIsNoModel(entry: names[0]), path: path)
        }
        for name in names {
            let entry = try FileStatus.of(path.appendingComponent(name), followingLinks: false)
            guard entry?.kind == .file else { throw ImportError(.outputIsNoModel(entry: name), path: path) }
            if entry?.device == source.status.device, entry?.inode == source.status.inode {
                throw ImportError(.outputHoldsSource, path: path)
            }
        }
    }
}
