public import CheckpointIO
import JSONCore
public import Platform
import TransformerModels

/// Writes a classifier as a full model: one directory that every HuggingFace entry point can load.
public enum ModelMerger {
    /// The element type of merged weights.
    public enum Precision: String, Sendable, CaseIterable {
        /// Single precision, which loses nothing.
        case float32 = "fp32"
        /// bfloat16, which halves the size and rounds every weight, the adapters' contribution included, to 8 bits.
        case bfloat16 = "bf16"
    }

    /// The largest size of a shard in bytes, unless a single tensor is larger.
    private static let shardLimit = 5 << 30

    /// Merges a classifier's adapters into its base and writes the result.
    ///
    /// - Parameters:
    ///   - classifier: the classifier, loaded with its base.
    ///   - checkpoint: where the classifier was loaded from.
    ///   - destination: the directory to write; an existing one is replaced.
    ///   - precision: the element type of the weights.
    ///   - progress: receives the share of the tensors written, from 0 to 1.
    /// - Returns: the files that were written, with their hashes.
    /// - Throws: `ClassifierError.fullModel` for a model that has no adapters, `.outputInUse` when the destination is the
    ///   base or the checkpoint; `FileError` if writing fails or a weight is NaN or infinite; then nothing is left behind.
    @discardableResult
    public static func merge(
        _ classifier: Classifier, from checkpoint: String, to destination: String,
        precision: Precision = .float32, fileSystem: any FileSystem = DiskFileSystem(),
        progress: ((Double) -> Void)? = nil
    ) throws -> [Manifest.Entry] {
        guard RealPath.of(checkpoint) != RealPath.of(classifier.baseDirectory) else {
            throw ClassifierError.fullModel(path: checkpoint, isClassifier: true)
        }
        let output = RealPath.ofNew(destination)
        for taken in [checkpoint, classifier.baseDirectory] where RealPath.of(taken) == output {
            throw ClassifierError.outputInUse(path: destination)
        }
        let model = classifier.model
        let dtype: DType = precision == .float32 ? .float32 : .bfloat16
        let declarations = model.mergedTensors.map {
            TensorDeclaration(name: $0.name, dtype: dtype, shape: $0.shape)
        }
        let shards = self.shards(declarations)
        CheckpointRecovery.removeAbandoned(of: destination, fileSystem: fileSystem)
        let writer = try CheckpointDirectoryWriter(
            destination: destination, writesManifest: false, fileSystem: fileSystem)
        var done = 0
        for (name, tensors) in shards {
            try writer.add(name: name) { sink in
                try SafetensorsWriter.write(tensors, metadata: ["format": "pt"], to: &sink) { tensor, sink in
                    try model.forEachMergedPiece(of: tensor.name) { values in
                        let isFinite = values.withUnsafeBufferPointer {
                            $0.isFinite(asBFloat16: precision == .bfloat16)
                        }
                        guard isFinite else {
                            throw FileError(
                                TensorProblem.notFinite(name: tensor.name), path: classifier.baseDirectory)
                        }
                        switch precision {
                        case .float32: try sink.write(values)
                        case .bfloat16: try sink.writeBFloat16(values)
                        }
                    }
                    done += 1
                    progress?(Double(done) / Double(declarations.count))
                }
            }
        }
        if shards.count > 1 { try writer.add(name: "model.safetensors.index.json", text: index(shards)) }
        try writer.add(
            name: "config.json",
            text: ClassifierConfigFile.document(
                base: model.base.config, labels: classifier.labels, problemType: classifier.problemType,
                padTokenID: classifier.padToken.id, dtype: precision == .float32 ? "float32" : "bfloat16"))
        var settings = classifier.settings
        settings.template = classifier.template
        if let text = settings.document(labels: classifier.labels, problemType: classifier.problemType) {
            try writer.add(name: InferenceSettings.fileName, text: text)
        }
        let tokenizerFiles = try TokenizerFiles(
            classifier.tokenizerSource, config: model.base.config, maxLength: classifier.maxSeqLength)
        for file in tokenizerFiles.files {
            switch file.content {
            case .copy(let source): try writer.copy(file: source, as: file.name)
            case .text(let text): try writer.add(name: file.name, text: text)
            }
        }
        return try writer.commit().manifest.entries
    }

    /// The weight files, named as in transformers.
    private static func shards(
        _ declarations: [TensorDeclaration]
    ) -> [(name: String, tensors: [TensorDeclaration])] {
        var groups: [[TensorDeclaration]] = [[]]
        var size = 0
        for declaration in declarations {
            let bytes = declaration.byteCount ?? 0
            if size > 0, size + bytes > shardLimit {
                groups.append([])
                size = 0
            }
            groups[groups.count - 1].append(declaration)
            size += bytes
        }
        guard groups.count > 1 else { return [("model.safetensors", groups[0])] }
        func padded(_ number: Int) -> String { String(("0000" + String(number)).suffix(5)) }
        return groups.enumerated().map { index, tensors in
            ("model-\(padded(index + 1))-of-\(padded(groups.count)).safetensors", tensors)
        }
    }

    private static func index(_ shards: [(name: String, tensors: [TensorDeclaration])]) -> String {
        let map = shards.flatMap { shard in shard.tensors.map { ($0.name, JSONValue(shard.name)) } }
        let total = shards.reduce(0) { $0 + $1.tensors.reduce(0) { $0 + ($1.byteCount ?? 0) } }
        let document: JSONValue = [
            "metadata": ["total_size": JSONValue(total)], "weight_map": .object(JSONObject(map)),
        ]
        return document.encoded(.pretty) + "\n"
    }
}
