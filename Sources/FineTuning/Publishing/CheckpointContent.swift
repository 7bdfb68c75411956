package import CheckpointIO
import ClassificationData
import HuggingFaceCache
import Inference
package import JSONCore
package import ModelCards
package import Platform

/// A checkpoint to be published: its metadata, and its files as others receive them.
package struct CheckpointContent: Sendable {
    private static let metadataName = "metadata.json"

    /// The base as it is published.
    package struct PublishedBase: Sendable, Hashable {
        /// The id on the Hub.
        package let id: String
        /// The commit, when known.
        package let revision: String?

        package init(id: String, revision: String?) {
            self.id = id
            self.revision = revision
        }
    }

    /// The checkpoint's directory.
    package let directory: String
    /// Its files, which have not changed since it was written.
    package let entries: [Manifest.Entry]
    /// The names of files that its owner changed, as the manifest allows.
    package let editedNames: [String]
    /// `metadata.json`.
    package let metadata: JSONObject
    /// `adapter_config.json`.
    package let adapter: AdapterConfig

    let description: ModelDescription
    private let model: APRFile
    private let files: [String: MappedFile]

    /// Opens a checkpoint and checks it: manifest, formats, and that its three copies of the weights agree in shape.
    ///
    /// - Throws: `FileError` or `ClassifierError` saying what is wrong.
    package init(directory: String, progress: ((_ done: Int, _ total: Int) -> Void)? = nil) throws {
        let report = CheckpointVerifier.verify(
            directory: directory, includesLocal: false, progress: progress)
        if let problem = report.problems.first { throw problem }
        self.directory = directory
        entries = report.files.filter { $0.state != .missing }.map(\.entry)
        editedNames = report.files.filter { $0.state == .edited }.map(\.entry.name)
        files = report.contents
        guard let model = report.model else {
            throw ClassifierError.notACheckpoint(path: directory.appendingComponent("model.apr"))
        }
        self.model = model
        description = try ModelDescription(model)
        guard let adapter = files[AdapterConfig.fileName] else {
            throw ClassifierError.notACheckpoint(path: directory.appendingComponent(AdapterConfig.fileName))
        }
        self.adapter = try AdapterConfig(bytes: adapter.withUnsafeBytes { Array($0) }, path: adapter.path)
        let parsed = files[Self.metadataName]?.withUnsafeBytes {
            try? JSONParser.parse($0, duplicateKeys: .lastWins)
        }
        guard let metadata = parsed?.object else {
            throw ClassifierError.notACheckpoint(path: directory.appendingComponent(Self.metadataName))
        }
        self.metadata = metadata
        try checkWeights()
    }

    /// The name of the base's directory or its id.
    package var baseName: String { description.base.name }
    /// The base's commit on the Hub, when it was trained on a copy from there.
    package var baseRevision: String? { description.base.revision }
    /// The SHA-256 of the base's weight files.
    package var baseHashes: [String] { description.base.files.map(\.sha256) }
    /// The base's hidden size.
    package var hiddenSize: Int? { model.metadata["hidden_size"]?.int }
    /// The licence that the base's card named when training began.
    package var baseLicense: String? { metadata["base_license"]?.string }
    /// The labels' names.
    package var labelNames: [String] { description.labels.names }

    /// The base's paths on this machine, from the checkpoint and the record of its run.
    package var baseDirectories: [String] {
        let record = try? RunRecord.load(directory: RealPath.of(directory).parentDirectory)
        let named = [adapter.baseModelNameOrPath, record?.baseDirectory].compactMap { $0 }
        var paths: [String] = []
        for path in named where path.hasPrefix("/") && !paths.contains(path) { paths.append(path) }
        return paths
    }

    /// The card with other references.
    package func card(_ references: ModelCard.References) -> String {
        let previous = files["README.md"].flatMap { $0.byteCount <= 16 << 20 ? $0 : nil }
        let text = previous?.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
        return ModelCard(
            description: description, metadata: metadata, references: references, previous: text
        ).text
    }

    /// The Python that uses the model.
    package func snippet(_ references: ModelCard.References) -> String {
        ModelCard(description: description, metadata: metadata, references: references).snippet
    }

    /// A file as it was opened to be checked: training may have put another checkpoint in the directory since.
    package func file(_ name: String) -> MappedFile? { files[name] }

    /// `model.apr` with the published base; nil if the existing file has it already.
    package func model(base: PublishedBase) throws -> APRWriter.Rewritten? {
        var metadata = model.metadata
        metadata["name"] = .string(base.id)
        metadata["base_model"] = .object(Self.renamed(metadata["base_model"]?.object, base))
        return try APRWriter.rewritten(model, metadata: metadata)
    }

    /// `metadata.json` with the published base.
    package func metadataText(base: PublishedBase) -> String {
        var metadata = metadata
        metadata["base_model"] = .object(Self.renamed(metadata["base_model"]?.object, base))
        return JSONValue.object(metadata).encoded(.pretty) + "\n"
    }

    /// `adapter_config.json` with the published base.
    package func adapterConfig(base: PublishedBase) -> [UInt8] {
        var adapter = adapter
        adapter.baseModelNameOrPath = base.id
        adapter.revision = base.revision
        return adapter.encoded()
    }

    private static func renamed(_ object: JSONObject?, _ base: PublishedBase) -> JSONObject {
        var object = object ?? JSONObject()
        object["name"] = .string(base.id)
        object["revision"] = base.revision.map { .string($0) } ?? .null
        return object
    }

    /// The verifier has compared the copies of the weights that are there; here all have to be.
    private func checkWeights() throws {
        for name in ["adapter_model.safetensors", "model.safetensors"]
        where !entries.contains(where: { $0.name == name }) {
            throw ClassifierError.notACheckpoint(path: directory.appendingComponent(name))
        }
        guard model.tensors[AdapterNaming.decoder.headName]?.shape.first == description.labels.count else {
            throw ClassifierError.wrongWeights(
                path: directory.appendingComponent("model.apr"),
                fact: "the head does not have a row for each of \(description.labels.count) labels")
        }
    }
}

extension CheckpointContent {
    /// The names that a published checkpoint can have.
    package static let publishedNames: Set<String> = Set(
        TokenizerFiles.names + [
            AdapterConfig.fileName, "adapter_model.safetensors", "model.safetensors", "model.apr",
            "config.json", "metadata.json", "README.md",
        ])

    /// The real path of something that may be a link.
    package static func realPath(_ path: String) -> String { RealPath.of(path) }

    /// The id and commit of a directory in HuggingFace's cache.
    package static func publishedBase(ofSnapshot directory: String) -> PublishedBase? {
        HubCache.modelAndRevision(ofSnapshot: RealPath.of(directory)).map {
            PublishedBase(id: $0.id, revision: $0.revision)
        }
    }
}
