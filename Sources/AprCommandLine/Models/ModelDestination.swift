import CheckpointIO
import Platform

/// A directory that a whole model is to be written to.
struct ModelDestination {
    let path: String

    /// Checks that the directory may be written, and makes its parents.
    ///
    /// Writing replaces the directory as a whole, so one that holds anything else than a model is refused even
    /// when overwriting is wanted.
    ///
    /// - Throws: `CommandError` or `FileError`.
    func prepare(overwrite: Bool) throws {
        try Self.refuseRoot(path)
        guard let status = try FileStatus.of(path, followingLinks: true) else {
            return try Directory.make(path.withoutTrailingSlashes.parentDirectory)
        }
        guard status.kind == .directory else {
            throw CommandError(.cannotCreate, "\(path): not a directory; choose another with -o")
        }
        let names = try Directory.names(in: path)
        guard !names.isEmpty else { return }
        guard overwrite else {
            throw CommandError(
                .cannotCreate,
                "\(path): exists and is not empty; replace it with --overwrite, or choose another with -o")
        }
        let stranger = try names.first { name in
            try FileStatus.of(path.appendingComponent(name), followingLinks: false)?.kind != .file
        }
        let isCheckpoint = names.contains(Manifest.fileName)
        if let stranger = stranger ?? (isCheckpoint || !names.contains("config.json") ? names[0] : nil) {
            throw CommandError(
                .cannotCreate,
                "\(path): holds \(stranger), so it is not a merged model and is not overwritten; choose another with -o"
            )
        }
    }

    /// - Throws: `CommandError` for the root of the file system, where nobody means to write.
    static func refuseRoot(_ path: String) throws {
        guard RealPath.of(path) != "/" else {
            throw CommandError(
                .cannotCreate, "\(path): the root of the file system; name a directory below it with -o")
        }
    }
}
