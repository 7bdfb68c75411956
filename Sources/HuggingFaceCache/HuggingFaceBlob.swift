package import FileHashing
package import Platform

/// Hashes of files, among which those of a HuggingFace cache are checked against their names: there
/// `snapshots/<revision>/<name>` links to `blobs/<hash>`.
package enum HuggingFaceBlob {
    /// The SHA-256 of a file in lower-case hexadecimal digits: the remembered one if the file has not changed since.
    ///
    /// - Parameters:
    ///   - hashes: Where hashes are remembered, or nil to read the file in any case.
    ///   - progress: Called with the bytes hashed so far.
    /// - Throws: `FileError` when the file cannot be read, or is a blob that does not have the hash of its name.
    package static func sha256(
        path: String, cache hashes: FileHashCache? = .user, progress: ((Int) -> Void)? = nil
    ) throws(FileError) -> String {
        let hash = try FileHash.sha256(path: path, cache: hashes, progress: progress)
        if let name = name(of: path), name.utf8.count == hash.utf8.count { try check(hash, name, path) }
        return hash
    }

    /// The SHA-256 of a mapped file in lower-case hexadecimal digits; every byte is read, whatever is remembered.
    ///
    /// - Throws: `FileError` when the file is a blob that does not have the hash of its name, or has changed without
    ///   having been written to since its hash was remembered.
    package static func sha256(
        reading file: MappedFile, cache hashes: FileHashCache? = .user, progress: ((Int) -> Void)? = nil
    ) throws(FileError) -> String {
        let hash = try FileHash.sha256(reading: file, cache: hashes, progress: progress)
        if let name = name(of: file.path) {
            try check(name.utf8.count == hash.utf8.count ? hash : FileHash.gitBlob(of: file), name, file.path)
        }
        return hash
    }

    private static func check(_ hash: String, _ name: String, _ path: String) throws(FileError) {
        guard utf8Equal(hash, name) else { throw FileError(HashProblem.notAsNamed(got: hash), path: path) }
    }

    /// The hash by which the cache names a file's content, or nil when the file is not such a blob: the SHA-256 of a
    /// file that the Hub stores as a large one (64 digits), or the SHA-1 by which Git names a small one (40 digits).
    static func name(of path: String) -> String? {
        let real = RealPath.of(path)
        let blobs = real.parentDirectory
        let name = real.lastComponent
        guard blobs.lastComponent == "blobs",
            Hexadecimal.isValid(name, digitCount: 64) || Hexadecimal.isValid(name, digitCount: 40),
            HubCacheModel.id(ofFolder: blobs.parentDirectory.lastComponent) != nil
        else { return nil }
        return name
    }
}
