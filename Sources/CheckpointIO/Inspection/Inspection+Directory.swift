import JSONCore
import Platform

extension Inspection {
    static let notFound = ENOENT

    private static let configLimit = 64 << 20

    static func directory(
        _ path: String, listsTensors: Bool, _ progress: ((Int, Int) -> Void)?
    ) throws(FileError) -> Inspection {
        func exists(_ name: String) throws(FileError) -> Bool {
            try FileStatus.of(path.appendingComponent(name), followingLinks: true) != nil
        }
        if try exists(Manifest.fileName) { return try checkpoint(path, listsTensors: listsTensors, progress) }
        for name in ["config.json", "model.safetensors", ShardIndex.fileName, AdapterConfig.fileName]
        where try exists(name) {
            return try model(path, listsTensors: listsTensors)
        }
        throw FileError(CheckpointProblem.unknownKind, path: path)
    }

    private static func checkpoint(
        _ path: String, listsTensors: Bool, _ progress: ((Int, Int) -> Void)?
    ) throws(FileError) -> Inspection {
        var description = InspectionBuilder(kind: .checkpoint, path: path, listsTensors: listsTensors)
        let report = CheckpointVerifier.verify(directory: path, progress: progress)
        description.add("valid", .bool(report.isValid), report.isValid ? "yes" : "no")
        description.add("resumable", .bool(report.isResumable), report.isResumable ? "yes" : "no")
        description.addSilently("problems", JSONValue(report.problems.map(\.description)))
        description.addList("problems", report.problems.map(\.description))
        description.addSilently(
            "files",
            .array(
                report.files.map { file in
                    [
                        "name": .string(file.entry.name), "size": JSONValue(file.entry.byteCount),
                        "sha256": .string(file.entry.sha256), "role": .string(file.entry.role.rawValue),
                        "state": .string(file.state.word),
                    ]
                }))
        description.addList(
            "files",
            report.files.map { file in
                "\(file.entry.name) (\(file.entry.byteCount) bytes, \(file.entry.role.rawValue)): \(file.state.word)"
            })
        description.addSilently("unlisted_files", JSONValue(report.unlistedFiles))
        description.addList("not listed in the manifest", report.unlistedFiles)
        try addContent(
            of: path, opened: report.manifestProblem == nil ? report.contents : nil, to: &description)
        return description.inspection
    }

    private static func model(_ path: String, listsTensors: Bool) throws(FileError) -> Inspection {
        var description = InspectionBuilder(kind: .model, path: path, listsTensors: listsTensors)
        try addContent(of: path, opened: nil, to: &description)
        return description.inspection
    }

    /// Adds the configuration files, if there are any, and the weights.
    ///
    /// - Parameter opened: The files of a checkpoint, whose name another directory may have by now.
    private static func addContent(
        of path: String, opened: [String: MappedFile]?, to description: inout InspectionBuilder
    ) throws(FileError) {
        func content(_ name: String) throws(FileError) -> MappedFile? {
            if let opened { return opened[name] }
            let file = path.appendingComponent(name)
            return try FileStatus.of(file, followingLinks: true) == nil ? nil : MappedFile(path: file)
        }
        for (name, key) in [
            ("config.json", "config"), (AdapterConfig.fileName, "adapter_config"),
            ("metadata.json", "training"),
        ] {
            guard let mapped = try content(name) else { continue }
            guard mapped.byteCount <= configLimit else {
                throw FileError(
                    FileProblem.tooLarge(bytes: mapped.byteCount, limit: configLimit), path: mapped.path)
            }
            // A configuration that is not JSON is reported; the rest is still described.
            let document = mapped.withUnsafeBytes { bytes in try? JSONParser.parse(bytes) }
            description.addSilently(key, document ?? .null)
            let summary = document?.object.map(summary) ?? "not valid JSON"
            description.add("\(key)_summary", .string(summary), summary)
        }
        let weights: [SafetensorsFile]
        do throws(FileError) {
            if let adapter = try content("adapter_model.safetensors") {
                weights = [try SafetensorsFile(file: adapter)]
            } else {
                let sharded = try ShardedSafetensors(directory: path)
                weights = try sharded.weightFiles.map { file throws(FileError) in
                    try SafetensorsFile(path: file)
                }
            }
        } catch {
            description.add("weights", .string(error.description), error.description)
            return
        }
        description.add(
            "weights", JSONValue(weights.map(\.file.path)),
            weights.map(\.file.path.lastComponent).joined(separator: ", "))
        description.add(
            tensors: weights.flatMap { file in
                file.orderedNames.compactMap { file.tensors[$0] }.map {
                    InspectedTensor(
                        name: $0.name, dtype: $0.dtype.rawValue, shape: $0.shape,
                        byteCount: $0.byteRange.count)
                }
            })
    }

    /// The members of a configuration that say most, on one line.
    private static func summary(_ object: JSONObject) -> String {
        let keys = [
            "model_type", "architectures", "hidden_size", "num_hidden_layers", "vocab_size", "num_labels",
            "r",
            "lora_alpha", "target_modules", "base_model_name_or_path", "epoch", "step", "val_loss",
        ]
        return keys.compactMap { key in object[key].map { "\(key) \($0.encoded())" } }.joined(separator: ", ")
    }
}

extension VerificationReport.State {
    /// The state in one word.
    public var word: String {
        switch self {
        case .intact: "intact"
        case .edited: "edited"
        case .missing: "missing"
        case .invalid: "invalid"
        }
    }
}
