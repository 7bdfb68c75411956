import CheckpointIO
import FileHashing
import JSONCore
import Platform

/// Turns a GGUF file into a HuggingFace model directory.
///
/// ```swift
/// let summary = try GGUFImporter(source: "model.gguf").run(into: "model")
/// ```
///
/// The directory has `config.json`, `model.safetensors`, `tokenizer.json`, `tokenizer_config.json`,
/// `generation_config.json`, a `README.md` and a record of the import; it appears complete or not at all.
public struct GGUFImporter: Sendable {
    /// The path of the GGUF file.
    public let source: String

    /// An importer of a file; nothing is read yet.
    public init(source: String) { self.source = source }

    /// Whether a directory holds a finished import of a file.
    ///
    /// Compares the record in the directory with the file's size and SHA-256, and with the sizes of the
    /// directory's files.
    public static func isUpToDate(
        source: String, directory: String, dtype: ImportDType = .float32,
        progress: ((ImportProgress) -> Void)? = nil
    ) throws -> Bool {
        guard let record = ImportRecord(directory: directory), record.dtype == dtype.rawValue,
            record.matches(directory: directory)
        else { return false }
        let file = try MappedFile(path: source)
        return file.byteCount == record.sourceByteCount
            && checksum(of: file, progress) == record.sourceSHA256
    }

    private static func checksum(of file: MappedFile, _ progress: ((ImportProgress) -> Void)?) -> String {
        FileHash.sha256(of: file) { done in
            progress?(ImportProgress(phase: .hashing, bytesDone: done, bytesTotal: file.byteCount))
        }
    }

    /// Converts the file.
    ///
    /// - Parameters:
    ///   - directory: what to write; missing parents are made. It must not exist, or be empty.
    ///   - dtype: the precision of the written weights.
    ///   - overwrite: whether to replace an earlier import in `directory`.
    ///   - progress: called from this thread, several times a second.
    /// - Throws: `ImportError` when the file cannot be converted, `FileError` when something cannot be read
    ///   or written. `directory` is then as it was.
    public func run(
        into directory: String, dtype: ImportDType = .float32, overwrite: Bool = false,
        progress: ((ImportProgress) -> Void)? = nil
    ) throws -> ImportSummary {
        let gguf = try GGUFFile(path: source)
        let conversion = try Self.conversion(of: gguf)
        try ImportDestination(path: directory).prepare(overwrite: overwrite, source: gguf.file)
        let checksum = Self.checksum(of: gguf.file, progress)
        let writer = try CheckpointDirectoryWriter(destination: directory, writesManifest: false)
        let output = ImportOutput(gguf: gguf, conversion: conversion, dtype: dtype, sourceSHA256: checksum)
        let files = try output.write(to: writer, progress: progress)
        try writer.commit()
        return ImportSummary(
            directory: directory, architecture: conversion.model.architecture, dtype: dtype,
            parameterCount: conversion.plan.tensors.reduce(0) { $0 + $1.source.elementCount },
            tensorCount: conversion.plan.tensors.count,
            tensorTypes: Dictionary(uniqueKeysWithValues: conversion.tensorTypes.map { ($0.name, $0.count) }),
            sourceByteCount: gguf.file.byteCount, sourceSHA256: checksum, files: files,
            warnings: conversion.tokenizer.warnings)
    }

    /// Fails when a file cannot be converted; writes nothing.
    package static func check(_ file: GGUFFile) throws { _ = try conversion(of: file) }

    private static func conversion(of file: GGUFFile) throws -> GGUFConversion {
        do throws(ImportProblem) {
            return try GGUFConversion(file)
        } catch {
            throw ImportError(error.rule, path: file.path)
        }
    }
}

/// How far an import has come.
public struct ImportProgress: Sendable, Hashable {
    /// What is being done.
    public enum Phase: String, Sendable, Hashable {
        /// The source's checksum is computed.
        case hashing
        /// The weights are decoded and written.
        case converting
    }

    /// What is being done.
    public let phase: Phase
    /// The bytes of the source that this phase has dealt with.
    public let bytesDone: Int
    /// The bytes of the source that this phase deals with.
    public let bytesTotal: Int
}

/// What an import has made.
public struct ImportSummary: Sendable, Hashable {
    /// The directory that was written.
    public let directory: String
    /// The model's family.
    public let architecture: ImportArchitecture
    /// The precision of the written weights.
    public let dtype: ImportDType
    /// The number of weights.
    public let parameterCount: Int
    /// The number of tensors written.
    public let tensorCount: Int
    /// The number of tensors of each stored type, by the type's name.
    public let tensorTypes: [String: Int]
    /// The size of the source in bytes.
    public let sourceByteCount: Int
    /// The SHA-256 of the source, in lower-case hexadecimal digits.
    public let sourceSHA256: String
    /// The names of the files written, in the order of writing.
    public let files: [String]
    /// What the user should know.
    public let warnings: [String]
}
