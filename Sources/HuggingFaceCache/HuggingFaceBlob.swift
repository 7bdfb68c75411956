package import FileHashing
package import Platform

/// Files of a HuggingFace cache, where `snapshots/<revision>/<name>` links to `blobs/<hash>`.
package enum HuggingFaceBlob {
    /// The SHA-256 of a file in lower-case hexadecimal digits: its name in the cache, where it has one, or computed.
    ///
    /// - Parameters:
    ///   - hashes: Where computed hashes are remembered, or nil to read the file in any case.
    ///   - progress: Called with the bytes hashed so far.
    package static func sha256(
        path: String, cache hashes: FileHashCache? = .user, progress: ((Int) -> Void)? = nil
    ) throws(FileError) -> String {
        if let name = sha256(of: path) { return name }
        return try FileHash.sha256(path: path, cache: hashes, progress: progress)
    }

    /// The SHA-256 by which the cache names a file's content, or nil when the file is not such a blob.
    ///
    /// Only files that the Hub stores as large files are named by SHA-256 (64 digits); small ones have a
    /// 40-digit name of another kind.
    static func sha256(of path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        let real = String(cString: resolved)
        let blobs = real.parentDirectory
        let name = real.lastComponent
        guard blobs.lastComponent == "blobs", Hexadecimal.isValid(name, digitCount: 64),
            HubCacheModel.id(ofFolder: blobs.parentDirectory.lastComponent) != nil
        else { return nil }
        return name
    }
}
