import CheckpointIO
import FileHashing
import JSONCore
import Platform

/// Writes the files of an imported model.
struct ImportOutput {
    let gguf: GGUFFile
    let conversion: GGUFConversion
    let dtype: ImportDType
    let sourceSHA256: String

    /// Writes every file, the record of the import last.
    ///
    /// - Returns: the names of the files.
    func write(
        to writer: CheckpointDirectoryWriter, progress: ((ImportProgress) -> Void)?
    ) throws -> [String] {
        var files: [(name: String, byteCount: Int)] = []
        func add(_ name: String, _ text: String) throws {
            try writer.add(name: name, text: text)
            files.append((name, text.utf8.count))
        }
        func add(_ name: String, _ object: JSONObject) throws {
            try add(name, JSONValue.object(object).encoded(.pretty) + "\n")
        }
        try add("config.json", conversion.model.config(dtype: dtype, ropeScaling: conversion.ropeScaling))
        if let generation = conversion.model.generationConfig {
            try add("generation_config.json", generation)
        }
        try add("tokenizer.json", conversion.tokenizer.tokenizer)
        try add("tokenizer_config.json", conversion.tokenizer.config)
        files.append(("model.safetensors", try writeWeights(to: writer, progress: progress)))
        try add("README.md", ImportReadme(record: record(files: []), metadata: gguf.metadata).text)
        try add(ImportRecord.fileName, record(files: files).json)
        return files.map(\.name)
    }

    private func record(files: [(name: String, byteCount: Int)]) -> ImportRecord {
        ImportRecord(
            sourceName: gguf.path.lastComponent, sourceByteCount: gguf.file.byteCount,
            sourceSHA256: sourceSHA256,
            architecture: conversion.model.architecture.rawValue, dtype: dtype.rawValue,
            tensorTypes: conversion.tensorTypes, files: files)
    }

    /// Writes the weights and returns the size of their file.
    private func writeWeights(
        to writer: CheckpointDirectoryWriter, progress: ((ImportProgress) -> Void)?
    ) throws -> Int {
        let tensors = Dictionary(uniqueKeysWithValues: conversion.plan.tensors.map { ($0.name, $0) })
        let total = conversion.plan.tensors.reduce(0) { $0 + $1.source.byteCount }
        var done = 0
        let decoder = TensorWriter(file: gguf.file, dtype: dtype) { byteCount in
            done += byteCount
            progress?(ImportProgress(phase: .converting, bytesDone: done, bytesTotal: total))
        }
        let declarations = conversion.plan.tensors.map { tensor in
            TensorDeclaration(
                name: tensor.name, dtype: dtype == .float32 ? .float32 : .bfloat16, shape: tensor.source.shape
            )
        }
        var size = 0
        try writer.add(name: "model.safetensors") { sink in
            try SafetensorsWriter.write(declarations, metadata: ["format": "pt"], to: &sink) {
                declaration, sink in
                guard let tensor = tensors[declaration.name] else {
                    throw ImportError(.missingTensor(declaration.name), path: gguf.path)
                }
                try decoder.write(tensor, to: &sink)
            }
            size = sink.byteCount
        }
        return size
    }
}
