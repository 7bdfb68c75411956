package import FileHashing
package import Platform

/// The folder of one model in HuggingFace's cache: `blobs/HASH`, `snapshots/COMMIT/PATH`, `refs/NAME`.
package struct HubCacheModel: Sendable {
    private static let prefix = "models--"
    private static let referenceLimit = 4096

    /// The folder's name.
    package let folderName: String
    /// The folder.
    package let folder: String

    init(id: String, cache: String) {
        folderName = Self.prefix + id.split(separator: "/").joined(separator: "--")
        folder = cache.appendingComponent(folderName)
    }

    /// The id of the model that a folder is named after.
    static func id(ofFolder name: String) -> String? {
        guard name.hasPrefix(prefix) else { return nil }
        let id = name.dropFirst(prefix.count).split(separator: "--", omittingEmptySubsequences: false)
            .joined(separator: "/")
        return HubCache.isID(id) ? id : nil
    }

    /// Where content is, by its hash.
    package func blob(_ hash: String) -> String {
        folder.appendingComponent("blobs").appendingComponent(hash)
    }

    /// Where the files of a commit are named.
    package func snapshot(_ commit: String) -> String {
        folder.appendingComponent("snapshots").appendingComponent(commit)
    }

    /// The file that records the commit of a branch or tag.
    package func reference(_ revision: String) -> String {
        folder.appendingComponent("refs").appendingComponent(revision)
    }

    /// The recorded commit of a branch or tag; a commit is returned as it is.
    package func commit(of revision: String) -> String? {
        if Hexadecimal.isValid(revision, digitCount: 40) { return revision }
        let names = revision.split(separator: "/", omittingEmptySubsequences: false)
        guard names.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." && !$0.utf8.contains(0) }),
            let file = try? MappedFile(path: reference(revision), limit: Self.referenceLimit)
        else { return nil }
        let text = file.withUnsafeBytes { String(decoding: $0.prefix { $0 > 0x20 }, as: UTF8.self) }
        return Hexadecimal.isValid(text, digitCount: 40) ? text : nil
    }
}

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
