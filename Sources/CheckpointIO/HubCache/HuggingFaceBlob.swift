#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Files of a HuggingFace cache, where `snapshots/<revision>/<name>` links to `blobs/<hash>`.
enum HuggingFaceBlob {
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
