public import Platform

/// The weights of a model directory: one `model.safetensors`, or shards with an index.
///
/// Shards are named by the index and must lie in the same directory; a name with a path in it is refused. The
/// entries themselves may be symbolic links, as they are in a HuggingFace cache.
public struct ShardedSafetensors: Sendable {
    /// The directory.
    public let directory: String
    /// The paths of the weight files, in byte order of their names.
    public let weightFiles: [String]
    /// The tensors by name, over all shards.
    public let tensors: [String: TensorInfo]
    /// The names in the order of the files and of the payloads in them.
    public let orderedNames: [String]
    /// The metadata of the files, the first file's value where they disagree.
    public let metadata: [String: String]

    private let files: [SafetensorsFile]
    private let fileOfTensor: [String: Int]

    /// Opens the weights of a directory and checks every file.
    ///
    /// - Throws: `FileError` when there are no weights, or a file or the index breaks a rule.
    public init(directory: String) throws(FileError) {
        let single = directory.appendingComponent("model.safetensors")
        let indexPath = directory.appendingComponent(ShardIndex.fileName)
        if try FileStatus.of(single, followingLinks: true) != nil {
            try self.init(directory: directory, file: try SafetensorsFile(path: single))
        } else if try FileStatus.of(indexPath, followingLinks: true) != nil {
            try self.init(directory: directory, index: try ShardIndex(path: indexPath), indexPath: indexPath)
        } else {
            if let foreign = ForeignWeights(directory: directory) {
                throw FileError(foreign, path: directory)
            }
            throw FileError(
                CheckpointProblem.nothingToRead(expected: ["model.safetensors", ShardIndex.fileName]),
                path: directory)
        }
    }

    private init(directory: String, file: SafetensorsFile) throws(FileError) {
        self.directory = directory
        weightFiles = [file.file.path]
        tensors = file.tensors
        orderedNames = file.orderedNames
        metadata = file.metadata
        files = [file]
        fileOfTensor = file.tensors.mapValues { _ in 0 }
    }

    private init(directory: String, index: ShardIndex, indexPath: String) throws(FileError) {
        var missing: [String] = []
        for shard in index.shards
        where try FileStatus.of(directory.appendingComponent(shard), followingLinks: true) == nil {
            missing.append(shard)
        }
        guard missing.isEmpty else {
            throw FileError(ShardIndexProblem.missingShards(missing), path: indexPath)
        }
        var files: [SafetensorsFile] = []
        var positions: [String: Int] = [:]
        for shard in index.shards {
            positions[shard] = files.count
            files.append(try SafetensorsFile(path: directory.appendingComponent(shard)))
        }
        var tensors: [String: TensorInfo] = [:]
        var fileOfTensor: [String: Int] = [:]
        for entry in index.entries {
            guard let position = positions[entry.shard], let tensor = files[position].tensors[entry.tensor]
            else {
                throw FileError(
                    ShardIndexProblem.missingTensor(name: entry.tensor, shard: entry.shard), path: indexPath)
            }
            guard tensors.updateValue(tensor, forKey: entry.tensor) == nil else {
                throw FileError(ShardIndexProblem.ambiguousName(entry.tensor), path: indexPath)
            }
            fileOfTensor[entry.tensor] = position
        }
        self.directory = directory
        self.files = files
        self.tensors = tensors
        self.fileOfTensor = fileOfTensor
        weightFiles = files.map(\.file.path)
        // A tensor in a shard that the index does not list is not part of the model.
        orderedNames = files.enumerated().flatMap { position, file in
            file.orderedNames.filter { fileOfTensor[$0] == position }
        }
        metadata = files.reduce(into: [:]) { merged, file in
            merged.merge(file.metadata) { first, _ in first }
        }
    }

    /// The files, mapped, in the order of `weightFiles`.
    package var mappedFiles: [MappedFile] { files.map(\.file) }

    /// The file that holds a tensor.
    ///
    /// - Throws: `FileError` when there is no tensor of this name.
    public func file(of name: String) throws(FileError) -> SafetensorsFile {
        guard let position = fileOfTensor[name] else {
            throw FileError(TensorProblem.missing(name: name), path: directory)
        }
        return files[position]
    }

    /// What a tensor is; its byte range lies in `file(of:)`.
    ///
    /// - Throws: `FileError` when there is no tensor of this name.
    public func tensor(_ name: String) throws(FileError) -> TensorInfo {
        try file(of: name).tensor(name)
    }

    /// Lends the payload of a tensor; the pointer is valid during the call only and may be unaligned.
    public func withBytes<Result>(
        of name: String, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result {
        try file(of: name).withBytes(of: name, body)
    }

    /// The elements of a floating point tensor, row-major, widened to single precision.
    ///
    /// - Throws: `FileError` when the tensor is missing or not F32, F16, BF16 or F64.
    public func floats(of name: String) throws(FileError) -> [Float] {
        try file(of: name).floats(of: name)
    }

    /// Widens the elements of a floating point tensor into memory of the caller.
    ///
    /// - Throws: `FileError` when the tensor is missing, not floating point, or of another size.
    public func read(
        _ name: String, into destination: UnsafeMutableBufferPointer<Float>
    ) throws(FileError) {
        try file(of: name).read(name, into: destination)
    }

    /// Lends the elements of a floating point tensor in order, widened to single precision, a piece at a time; what
    /// was read for it leaves memory again.
    ///
    /// - Throws: `FileError` when the tensor is missing or not floating point, and what `body` throws.
    package func forEachPiece(
        of name: String, elementLimit: Int, _ body: ([Float]) throws -> Void
    ) throws {
        let file = try file(of: name)
        let tensor = try file.readable(name)
        let size = tensor.dtype.byteCount
        for start in stride(from: 0, to: tensor.elementCount, by: elementLimit) {
            let count = min(elementLimit, tensor.elementCount - start)
            let first = tensor.byteRange.lowerBound + start * size
            let piece = TensorInfo(
                name: name, dtype: tensor.dtype, shape: [count], byteRange: first..<first + count * size)
            let values = FloatReader(file: file.file, tensor: piece).array()
            file.file.release(piece.byteRange)
            try body(values)
        }
    }

    /// Reads tensors and refuses the first that holds a NaN or an infinity.
    ///
    /// - Throws: `FileError` with `TensorProblem.notFinite`.
    package func checkFinite(_ names: some Sequence<String>) throws {
        for name in names {
            let file = try file(of: name)
            guard try file.tensor(name).dtype.isFloatingPoint else { continue }
            try forEachPiece(of: name, elementLimit: 1 << 20) { values in
                guard values.withUnsafeBufferPointer({ $0.isFinite() }) else {
                    throw FileError(TensorProblem.notFinite(name: name), path: file.file.path)
                }
            }
        }
    }

    /// Gives the memory back that a tensor was read into; it is read again where it is used again.
    ///
    /// - Throws: `FileError` when the tensor is missing.
    package func release(_ name: String) throws(FileError) {
        let file = try file(of: name)
        file.file.release(try file.tensor(name).byteRange)
    }
}
