public import CheckpointIO
import FineTuning
import HuggingFaceHub
import JSONCore

/// The files of a model as they are sent: nothing of them names a place on this machine.
struct PublishedFiles {
    private static let sizeLimit = 64 << 20
    private static let settings = [
        "config.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
        "generation_config.json", "metadata.json", "adapter_config.json",
    ]

    let checkpoint: CheckpointContent
    let base: ConfirmedBase?
    /// The card, sealed.
    let card: String

    private var published: CheckpointContent.PublishedBase? {
        base.map { CheckpointContent.PublishedBase(id: $0.id.description, revision: $0.revision) }
    }

    /// The files of a checkpoint, with a manifest of their own.
    func ofAdapter() throws -> [HubUploadFile] {
        guard let published else { throw PublishError.baseNotConfirmed(base: checkpoint.baseName, tried: []) }
        var files: [HubUploadFile] = []
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
                files.append(try model(base: published))
            default:
                files.append(
                    try file(entry, in: checkpoint.directory, status: checkpoint.status(of: entry.name)))
            }
        }
        files.append(HubUploadFile(path: "README.md", bytes: Array(card.utf8)))
        try files.forEach(checkPaths)
        let manifest = Manifest(
            files.map { Manifest.Entry(name: $0.path, byteCount: $0.byteCount, sha256: $0.sha256) })
        files.append(HubUploadFile(path: Manifest.fileName, bytes: manifest.encoded()))
        return files
    }

    /// The files of a merged model.
    func ofMerged(_ merged: MergedModel) throws -> [HubUploadFile] {
        var files = try merged.entries.map { try file($0, in: merged.directory) }
        files.append(HubUploadFile(path: "README.md", bytes: Array(card.utf8)))
        try files.forEach(checkPaths)
        return files
    }

    /// `model.apr` is nowhere as it is sent: the tensors are taken from the checkpoint's.
    private func model(base: CheckpointContent.PublishedBase) throws -> HubUploadFile {
        let name = "model.apr"
        let model = try checkpoint.model(base: base)
        let tensors = UploadContent.Part.file(
            path: checkpoint.directory.appendingComponent(name), range: model.tensors,
            status: checkpoint.status(of: name))
        return HubUploadFile(
            path: name, content: UploadContent([.bytes(model.head), tensors, .bytes(model.tail)]),
            sha256: model.sha256)
    }

    /// A file as it is, but for what older libraries note of where it was loaded from.
    ///
    /// - Parameter status: The file's when it was hashed.
    private func file(
        _ entry: Manifest.Entry, in directory: String, status: FileStatus? = nil
    ) throws -> HubUploadFile {
        let path = directory.appendingComponent(entry.name)
        let whole = UploadContent.Part.file(path: path, range: 0..<entry.byteCount, status: status)
        let unchanged = HubUploadFile(
            path: entry.name, content: UploadContent([whole]), sha256: entry.sha256)
        guard Self.settings.contains(entry.name), var object = try Self.object(path) else { return unchanged }
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
        let places = checkpoint.baseDirectories + [CheckpointContent.realPath(checkpoint.directory)]
        // The root and its children are too short to be anything but a coincidence.
        return (places + places.map(CheckpointContent.realPath)).filter {
            $0.split(separator: "/").count >= 2
        }
    }

    private static func object(_ path: String) throws -> JSONObject? {
        let file = try MappedFile(path: path, limit: sizeLimit)
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
