import CheckpointIO
import Platform
public import TensorCore

extension BaseModel {
    /// Reads a HuggingFace model directory onto a device.
    ///
    /// - Parameters:
    ///   - directory: holds `config.json` and `model.safetensors`, or shards with their index.
    ///   - architectures: the families to choose from.
    ///   - progress: receives the share done, from 0 to 1.
    /// - Throws: `ModelError` for a model this program cannot run, `FileError` for files it cannot read.
    public static func load(
        directory: String, backend: any Backend, architectures: [Architecture] = Architecture.all,
        progress: ((Double) -> Void)? = nil
    ) throws -> BaseModel {
        let config = try ModelConfig.load(directory: directory, architectures: architectures)
        let source = try ShardedSafetensors(directory: directory)
        let total = Double(max(1, source.tensors.values.reduce(0) { $0 + $1.elementCount }))
        var done = 0
        let loader = BaseLoader(directory: directory, config: config, source: source, backend: backend) {
            done += $0
            progress?(Double(done) / total)
        }
        let base = try BaseModel(loader)
        progress?(1)
        return base
    }
}

/// Moves the tensors that a description names from files to a device, and checks their shapes on the way.
struct BaseLoader {
    let directory: String
    let config: ModelConfig
    let source: ShardedSafetensors
    let backend: any Backend
    /// Receives the number of elements loaded.
    let loaded: (Int) -> Void

    private var names: TensorNames { config.architecture.names }

    /// The backbone's name in these files.
    var prefix: String { source.tensors[names.tokens] == nil ? names.prefix : "" }

    func embedding() throws -> EmbeddingBlock {
        let D = config.hiddenSize
        var positions: (table: WeightMatrix, first: Int)?
        if case .learned(let rows, let first) = config.positions, let name = names.positions {
            positions = (try matrix(prefix + name, rows: rows, columns: D), first)
        }
        var tokenTypes: WeightMatrix?
        if config.tokenTypes > 0, let name = names.tokenTypes {
            tokenTypes = try matrix(prefix + name, rows: config.tokenTypes, columns: D)
        }
        return EmbeddingBlock(
            tokens: try matrix(prefix + names.tokens, rows: config.vocabSize, columns: D, isLookedUp: true),
            positions: positions, tokenTypes: tokenTypes,
            norm: try names.embeddingNorm.map { try norm(prefix + $0, count: D) })
    }

    func layer(_ index: Int) throws -> BaseModel.Layer {
        let path = names.layer(index, prefix: prefix)
        func norms(_ names: TensorNames.BlockNormNames) throws -> BlockNorms {
            func named(_ name: String?) throws -> Norm? {
                try name.map { try norm(path + $0, count: config.hiddenSize) }
            }
            return BlockNorms(
                input: try named(names.input), branch: try named(names.branch),
                output: try named(names.output))
        }
        func headNorm(_ name: String?) throws -> Norm? {
            guard config.hasHeadNorms, let name else { return nil }
            return try norm(path + name, count: config.headDim)
        }
        var projections: [Projection: LinearWeights] = [:]
        for projection in config.model.projections {
            guard let module = names.projections[projection] else { continue }
            let (rows, columns) = config.model.shape(of: projection)
            projections[projection] = try linear(
                path + module.path, rows: rows, columns: columns, hasBias: config.biases.contains(projection))
        }
        return BaseModel.Layer(
            attentionNorms: try norms(names.attentionNorms), mlpNorms: try norms(names.mlpNorms),
            queryNorm: try headNorm(names.queryNorm), keyNorm: try headNorm(names.keyNorm),
            projections: projections)
    }

    func finalNorm() throws -> Norm? {
        try names.finalNorm.map { try norm(prefix + $0, count: config.hiddenSize) }
    }

    func headDense() throws -> LinearWeights? {
        guard config.headActivation != nil, let name = names.headDense else { return nil }
        return try linear(
            prefix + name, rows: config.hiddenSize, columns: config.hiddenSize, hasBias: true)
    }

    func pretrainedHead() throws -> BaseModel.PretrainedHead? {
        guard let info = source.tensors[names.headWeight] else { return nil }
        guard info.shape.count == 2, info.shape[1] == config.hiddenSize else {
            throw ModelError.wrongShape(
                path: directory, tensor: info.name, shape: info.shape,
                expected: [info.shape.first ?? 0, config.hiddenSize])
        }
        let bias = try config.hasHeadBias ? source.floats(of: names.headBias) : nil
        guard bias?.count ?? info.shape[0] == info.shape[0] else {
            throw ModelError.wrongShape(
                path: directory, tensor: names.headBias, shape: [bias?.count ?? 0], expected: [info.shape[0]])
        }
        return BaseModel.PretrainedHead(
            weight: try source.floats(of: info.name), bias: bias, numLabels: info.shape[0])
    }

    // MARK: - One tensor

    private func norm(_ name: String, count: Int) throws -> Norm {
        Norm(
            kind: config.norm, weight: try vector(name + ".weight", count: count),
            bias: config.norm == .layer ? try vector(name + ".bias", count: count) : nil,
            eps: Float(config.normEps))
    }

    private func linear(_ name: String, rows: Int, columns: Int, hasBias: Bool) throws -> LinearWeights {
        LinearWeights(
            weight: try matrix(name + ".weight", rows: rows, columns: columns),
            bias: hasBias ? try vector(name + ".bias", count: rows) : nil)
    }

    private func vector(_ name: String, count: Int) throws -> Tensor {
        let info = try checked(name, shape: [count])
        let tensor = try backend.makeTensor(try source.floats(of: info.name), rows: 1, columns: count)
        loaded(count)
        return tensor
    }

    /// A frozen matrix in the format of the file; formats without a decoder in the backends are converted to fp32.
    ///
    /// - Parameter isLookedUp: whether a batch reads only a few rows, whose pages may leave memory afterwards.
    private func matrix(_ name: String, rows: Int, columns: Int, isLookedUp: Bool = false) throws
        -> WeightMatrix
    {
        let info = try checked(name, shape: [rows, columns])
        let weights: WeightBytes
        if let format = WeightFormat(info.dtype), Int(littleEndian: 1) == 1 {
            let file = try source.file(of: name).file
            weights = WeightBytes(
                bytes: UnsafeRawBufferPointer(rebasing: file.unsafeBytes[info.byteRange]), format: format,
                rows: rows, columns: columns, owner: file
            ) { if isLookedUp { file.release(info.byteRange) } }
        } else {
            let floats = FloatArray(try source.floats(of: name))
            weights = WeightBytes(
                bytes: floats.bytes, format: .float32, rows: rows, columns: columns, owner: floats)
        }
        let matrix = try backend.makeWeightMatrix(weights)
        loaded(info.elementCount)
        return matrix
    }

    private func checked(_ name: String, shape: [Int]) throws -> TensorInfo {
        guard let info = source.tensors[name] else {
            throw ModelError.missingTensor(path: directory, tensor: name)
        }
        guard info.shape == shape else {
            let absent = config.absentDimensions
            guard absent.isEmpty else {
                throw ModelError.absentDimensions(
                    path: directory, keys: absent, tensor: name, shape: info.shape, expected: shape)
            }
            throw ModelError.wrongShape(path: directory, tensor: name, shape: info.shape, expected: shape)
        }
        return info
    }
}

extension WeightFormat {
    /// The format of a file's element type; nil for types that are converted to fp32.
    init?(_ dtype: DType) {
        switch dtype {
        case .float32: self = .float32
        case .float16: self = .float16
        case .bfloat16: self = .bfloat16
        default: return nil
        }
    }
}

/// Floats in memory of their own that outlives the array they came from.
private final class FloatArray: @unchecked Sendable {
    let bytes: UnsafeRawBufferPointer
    private let memory: UnsafeMutableBufferPointer<Float>

    init(_ values: [Float]) {
        memory = .allocate(capacity: values.count)
        _ = memory.initialize(from: values)
        bytes = UnsafeRawBufferPointer(memory)
    }

    deinit { memory.deallocate() }
}
