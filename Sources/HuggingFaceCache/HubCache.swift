import Platform

/// The directory in which HuggingFace's libraries keep what they have downloaded, a folder for each model.
package struct HubCache: Sendable {
    /// The cache's directory.
    package let directory: String

    /// The cache in a directory, which need not exist.
    package init(directory: String) { self.directory = directory }

    /// The cache that an environment names: `$HF_HUB_CACHE`, else `hub` in `home(in:)`; nil without a home.
    package init?(in environment: (String) -> String?) {
        let named =
            Self.path("HF_HUB_CACHE", environment) ?? Self.path("HUGGINGFACE_HUB_CACHE", environment)
        guard let directory = named ?? Self.home(in: environment)?.appendingComponent("hub") else {
            return nil
        }
        self.directory = directory
    }

    /// The cache of this process; nil without a home.
    package static var current: HubCache? {
        HubCache { name in getenv(name).map { String(cString: $0) } }
    }

    /// Where HuggingFace's libraries keep everything: `$HF_HOME`, or a folder in the user's cache directory.
    package static func home(in environment: (String) -> String?) -> String? {
        if let path = path("HF_HOME", environment) { return path }
        if let cache = path("XDG_CACHE_HOME", environment) { return cache.appendingComponent("huggingface") }
        return text(environment("HOME"))?.appendingComponent(".cache/huggingface")
    }

    /// A variable that holds a path, with `~` and variables in it replaced as HuggingFace's libraries do.
    private static func path(_ name: String, _ environment: (String) -> String?) -> String? {
        text(environment(name)).map { WrittenPath.expanded($0, in: environment) }
    }

    /// The folder of a model, which need not exist; nil when the text is no id.
    package func model(_ id: String) -> HubCacheModel? {
        Self.isID(id) ? HubCacheModel(id: id, cache: directory) : nil
    }

    /// Where a model's files lie, or nil when they are not there.
    ///
    /// - Parameter revision: a branch, tag or commit; nil takes the recorded commit of `main`.
    package func snapshot(of id: String, revision: String? = nil) -> String? {
        guard let model = model(id), let commit = model.commit(of: revision ?? "main") else { return nil }
        let snapshot = model.snapshot(commit)
        let kind = (try? FileStatus.of(snapshot, followingLinks: true))?.kind
        return kind == .directory ? snapshot : nil
    }

    /// The model and commit that a directory of the cache's layout holds, or nil for any other directory.
    package static func modelAndRevision(ofSnapshot path: String) -> (id: String, revision: String)? {
        let snapshots = path.parentDirectory
        guard snapshots.lastComponent == "snapshots",
            let id = HubCacheModel.id(ofFolder: snapshots.parentDirectory.lastComponent)
        else { return nil }
        return (id, path.lastComponent)
    }

    /// Whether a text can be a model's id: one or two names of letters, digits, `-`, `_` and `.`.
    package static func isID(_ text: String) -> Bool {
        let names = text.split(separator: "/", omittingEmptySubsequences: false)
        return (1...2).contains(names.count) && names.allSatisfy { isPlain(String($0)) }
    }

    /// Whether a text is the name of one entry of a directory, and nothing else.
    static func isPlain(_ name: String) -> Bool {
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

    /// A variable's text; nil when it is empty.
    private static func text(_ value: String?) -> String? { value.flatMap { $0.isEmpty ? nil : $0 } }
}
