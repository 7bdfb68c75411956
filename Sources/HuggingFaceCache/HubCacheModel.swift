import FileHashing
import Platform

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
