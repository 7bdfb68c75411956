import Foundation

/// A model repository: its commits, where its branches and tags stand, and the small files themselves.
struct Repository: Sendable {
    enum Entry: Sendable, Equatable {
        case regular(blob: String, size: Int)
        case large(oid: String, size: Int)

        var size: Int {
            switch self {
            case .regular(_, let size), .large(_, let size): size
            }
        }

        /// The id of the blob in git: for a large file that of its pointer.
        var blobID: String {
            switch self {
            case .regular(let blob, _): blob
            case .large(let oid, let size): GitObjects.id("blob", GitObjects.pointer(oid: oid, size: size))
            }
        }

        /// What the server calls the content's id before an upload.
        var contentID: String {
            switch self {
            case .regular(let blob, _): blob
            case .large(let oid, _): oid
            }
        }
    }

    struct Commit: Sendable {
        var oid: String
        var parent: String?
        var tree: [String: Entry]
        var directories: [String: String]
        var title: String
        var message: String
        var author: String
        var date: Date
    }

    let id: String
    /// Names the repository's path in the object store.
    let number: Int
    var isPrivate: Bool
    let created: Date
    var branches: [String: String] = [:]
    var tags: [String: String] = [:]
    var commits: [String: Commit] = [:]
    var blobs: [String: [UInt8]] = [:]

    var namespace: String { String(id.prefix { $0 != "/" }) }

    /// The patterns git keeps as large files, in every new repository.
    static let largePatterns = [
        "*.7z", "*.arrow", "*.bin", "*.bz2", "*.ckpt", "*.gguf", "*.gz", "*.h5", "*.joblib", "*.mlmodel",
        "*.model",
        "*.msgpack", "*.npy", "*.npz", "*.onnx", "*.ot", "*.parquet", "*.pb", "*.pickle", "*.pkl", "*.pt",
        "*.pth",
        "*.rar", "*.safetensors", "*.tar", "*.tflite", "*.tgz", "*.wasm", "*.xz", "*.zip", "*.zst",
    ]

    init(id: String, number: Int, isPrivate: Bool, author: String) {
        self.id = id
        self.number = number
        self.isPrivate = isPrivate
        created = Date()
        let attributes = Self.largePatterns.map { "\($0) filter=lfs diff=lfs merge=lfs -text\n" }.joined()
        let entry = add(blob: Array(attributes.utf8))
        branches["main"] = commit(
            tree: [".gitattributes": entry], parent: nil, title: "initial commit", message: "", author: author
        )
    }

    mutating func add(blob content: [UInt8]) -> Entry {
        let blob = GitObjects.id("blob", content)
        blobs[blob] = content
        return .regular(blob: blob, size: content.count)
    }

    /// Stores a commit and returns its id; no branch is moved.
    mutating func commit(
        tree: [String: Entry], parent: String?, title: String, message: String, author: String
    ) -> String {
        let (treeID, directories) = GitObjects.tree(tree.mapValues(\.blobID))
        let date = Date()
        let stamp = "\(author) <\(author)@users.noreply.hub> \(Int(date.timeIntervalSince1970)) +0000"
        let text =
            "tree \(treeID)\n" + (parent.map { "parent \($0)\n" } ?? "")
            + "author \(stamp)\ncommitter \(stamp)\n\n\(title)\n\n\(message)\n"
        let oid = GitObjects.id("commit", Array(text.utf8))
        commits[oid] = Commit(
            oid: oid, parent: parent, tree: tree, directories: directories, title: title, message: message,
            author: author, date: date)
        return oid
    }

    /// The commit a branch, a tag or a full commit id names.
    /// - Throws: `Refusal` (404 RevisionNotFound).
    func resolve(_ revision: String) throws -> Commit {
        let oid = branches[revision] ?? tags[revision] ?? revision
        guard let commit = commits[oid] else {
            throw Refusal(404, "Invalid rev id: \(revision)", code: "RevisionNotFound")
        }
        return commit
    }

    /// The commit and its ancestors, newest first.
    func history(of commit: Commit) -> [Commit] {
        var chain = [commit]
        while let parent = chain.last?.parent.flatMap({ commits[$0] }) { chain.append(parent) }
        return chain
    }
}
