import CheckpointIO

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The directory in which HuggingFace's libraries keep what they have downloaded.
///
/// Layout: `models--ORG--NAME/snapshots/COMMIT/`, with `refs/main` naming a commit.
public enum HubCache {
    /// The cache's directory: `$HF_HUB_CACHE`, `$HF_HOME/hub`, or `~/.cache/huggingface/hub`.
    public static var directory: String? {
        if let path = variable("HF_HUB_CACHE") { return path }
        if let home = variable("HF_HOME") { return home.appendingComponent("hub") }
        if let cache = variable("XDG_CACHE_HOME") { return cache.appendingComponent("huggingface/hub") }
        return variable("HOME")?.appendingComponent(".cache/huggingface/hub")
    }

    /// Where a model lies in the cache, or nil when it is not there.
    ///
    /// - Parameters:
    ///   - id: the model's id, such as `Qwen/Qwen2.5-Coder-0.5B`.
    ///   - revision: a commit; nil takes what `main` was when last looked up.
    public static func snapshot(of id: String, revision: String? = nil) -> String? {
        guard let directory, isID(id) else { return nil }
        let parts = id.split(separator: "/").joined(separator: "--")
        let model = directory.appendingComponent("models--" + parts)
        let commit = revision ?? mainCommit(of: model)
        guard let commit, isPlain(commit) else { return nil }
        let snapshot = model.appendingComponent("snapshots").appendingComponent(commit)
        return isDirectory(snapshot) ? snapshot : nil
    }

    /// The model and commit that a directory of the cache's layout holds, or nil for any other directory.
    static func place(ofSnapshot path: String) -> (id: String, revision: String)? {
        let snapshots = path.parentDirectory
        let model = snapshots.parentDirectory.lastComponent
        guard snapshots.lastComponent == "snapshots", model.hasPrefix("models--") else { return nil }
        let id = model.dropFirst("models--".count).split(separator: "--", omittingEmptySubsequences: false)
            .joined(separator: "/")
        return isID(id) ? (id, path.lastComponent) : nil
    }

    /// Whether a text can be a model's id: one or two names of letters, digits, `-`, `_` and `.`.
    static func isID(_ text: String) -> Bool {
        let names = text.split(separator: "/", omittingEmptySubsequences: false)
        return (1...2).contains(names.count) && names.allSatisfy { isPlain(String($0)) }
    }

    private static func isPlain(_ name: String) -> Bool {
        !name.isEmpty && name != "." && name != ".." && name.utf8.count <= 96
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
                    UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }

    private static func mainCommit(of model: String) -> String? {
        guard let file = try? MappedFile(path: model.appendingComponent("refs/main"), limit: 4096) else {
            return nil
        }
        let text = file.withUnsafeBytes { bytes in
            String(decoding: bytes.prefix { $0 > UInt8(ascii: " ") }, as: UTF8.self)
        }
        return text.isEmpty ? nil : text
    }

    private static func isDirectory(_ path: String) -> Bool {
        (try? FileStatus.of(path, followingLinks: true))?.kind == .directory
    }

    private static func variable(_ name: String) -> String? {
        guard let value = getenv(name) else { return nil }
        let text = String(cString: value)
        return text.isEmpty ? nil : text
    }
}
