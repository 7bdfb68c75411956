public import CheckpointIO
import FineTuning
import HuggingFaceHub
import JSONCore
import Platform

/// The files of a model as they are sent: none of them names a path on this machine.
struct PublishedFiles {
    private static let sizeLimit = 64 << 20
    private static let settings = [
        "config.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
        "generation_config.json", "metadata.json", "adapter_config.json",
    ]

    let checkpoint: CheckpointContent
    let base: ConfirmedBase?
    /// The card with its digest.
    let card: String

    private var published: CheckpointContent.PublishedBase? {
        base.map { CheckpointContent.PublishedBase(id: $0.id.description, revision: $0.revision) }
    }

    /// The files of a checkpoint, with a manifest of their own.
    ///
    /// `model.apr` names the base: where it calls it something else than the Hub does, the tensors alone are taken from
    /// the checkpoint's. It then has to be read again for its new hash, and with the manifest comes later than the rest.
    func ofAdapter() throws -> (ready: [HubUploadFile], later: LaterFiles?) {
        // A plan without the Hub may not know the base; what it makes is listed and never sent.
        let published =
            self.published ?? CheckpointContent.PublishedBase(id: "unknown/base", revision: nil)
        var files: [HubUploadFile] = []
        var model: (entry: Manifest.Entry, rewritten: APRWriter.Rewritten)?
        for entry in checkpoint.entries where CheckpointContent.publishedNames.contains(entry.name) {
            switch entry.name {
            case "README.md": continue
            case AdapterConfig.fileName:
                files.append(
                    HubUploadFile(path: entry.name, bytes: checkpoint.adapterConfig(base: published)))
            case "metadata.json":
                files.append(
                    HubUploadFile(
                        path: entry.name, bytes: Array(checkpoint.metadataText(base: published).utf8)))
            case "model.apr":
                if let rewritten = try checkpoint.model(base: published) {
                    model = (entry, rewritten)
                } else {
                    files.append(try file(entry))
                }
            default:
                files.append(try file(entry))
            }
        }
        files.append(HubUploadFile(path: "README.md", bytes: Array(card.utf8)))
        try files.forEach(checkPaths)
        guard let model else { return (files + [Self.manifest(of: files)], nil) }
        let part = UploadContent.Part.opened(try opened(model.entry.name), range: model.rewritten.tensors)
        let later = LaterFiles(
            others: files, name: model.entry.name, model: model.rewritten, tensors: part)
        return (files, later)
    }

    /// `model.apr` under a new name of the base, and the manifest.
    struct LaterFiles: Sendable {
        fileprivate let others: [HubUploadFile]
        fileprivate let name: String
        fileprivate let model: APRWriter.Rewritten
        fileprivate let tensors: UploadContent.Part

        /// Reads the tensors, which takes a while.
        func made() -> [HubUploadFile] {
            let (tail, sha256) = model.completed()
            let file = HubUploadFile(
                path: name, content: UploadContent([.bytes(model.head), tensors, .bytes(tail)]),
                sha256: sha256)
            return [file, PublishedFiles.manifest(of: others + [file])]
        }
    }

    private static func manifest(of files: [HubUploadFile]) -> HubUploadFile {
        let manifest = Manifest(
            files.map { Manifest.Entry(name: $0.path, byteCount: $0.byteCount, sha256: $0.sha256) })
        return HubUploadFile(path: Manifest.fileName, bytes: manifest.encoded())
    }

    /// The files of a merged model.
    func ofMerged(_ merged: MergedModel) throws -> [HubUploadFile] {
        var files = try merged.entries.map { entry in
            let path = merged.directory.appendingComponent(entry.name)
            return try file(entry, .file(path: path, range: 0..<entry.byteCount, status: nil)) {
                try MappedFile(path: path)
            }
        }
        files.append(HubUploadFile(path: "README.md", bytes: Array(card.utf8)))
        try files.forEach(checkPaths)
        return files
    }

    /// A file of the checkpoint.
    private func file(_ entry: Manifest.Entry) throws -> HubUploadFile {
        let file = try opened(entry.name)
        return self.file(entry, .opened(file, range: 0..<entry.byteCount)) { file }
    }

    private func opened(_ name: String) throws -> MappedFile {
        guard let file = checkpoint.file(name) else {
            throw FileError.io(.open, errno: ENOENT, path: checkpoint.directory.appendingComponent(name))
        }
        return file
    }

    /// A file as it is, without the path that older libraries record in it.
    private func file(
        _ entry: Manifest.Entry, _ whole: UploadContent.Part, open: () throws -> MappedFile
    ) rethrows -> HubUploadFile {
        let unchanged = HubUploadFile(
            path: entry.name, content: UploadContent([whole]), sha256: entry.sha256)
        guard Self.settings.contains(entry.name), var object = Self.object(try open()) else {
            return unchanged
        }
        var hasChanged = false
        for key in ["_name_or_path", "name_or_path"] where object[key]?.string.map(Self.isForeign) == true {
            object[key] = base.map { .string($0.id.description) }
            hasChanged = true
        }
        guard hasChanged else { return unchanged }
        return HubUploadFile(
            path: entry.name, bytes: Array((JSONValue.object(object).encoded(.pretty) + "\n").utf8))
    }

    /// Whether a text is a path rather than an id.
    private static func isForeign(_ text: String) -> Bool {
        !text.isEmpty && (try? HubRepositoryID(text)) == nil
    }

    /// Refuses a file that names a directory of this machine.
    private func checkPaths(_ file: HubUploadFile) throws {
        let isText = file.path == "README.md" || Self.settings.contains(file.path)
        guard isText, file.byteCount <= Self.sizeLimit else { return }
        let text = String(decoding: try file.content(), as: UTF8.self)
        for path in localPaths where text.contains(path) {
            throw PublishError.localPath(file: file.path, path: path)
        }
    }

    /// What must not be in a published file: where the base and the checkpoint are.
    private var localPaths: [String] {
        let directories = checkpoint.baseDirectories + [CheckpointContent.realPath(checkpoint.directory)]
        // The root and its children are so short that a match would be a coincidence.
        return (directories + directories.map(CheckpointContent.realPath)).filter {
            $0.split(separator: "/").count >= 2
        }
    }

    private static func object(_ file: MappedFile) -> JSONObject? {
        guard file.byteCount <= sizeLimit else { return nil }
        return (try? file.withUnsafeBytes { try JSONParser.parse($0, duplicateKeys: .lastWins) })?.object
    }
}

/// A merged model on disk, ready to be sent.
public struct MergedModel: Sendable {
    /// Its directory.
    public let directory: String
    /// Its files.
    public let entries: [Manifest.Entry]

    /// A model that was just written.
    public init(directory: String, entries: [Manifest.Entry]) {
        self.directory = directory
        self.entries = entries
    }
}
