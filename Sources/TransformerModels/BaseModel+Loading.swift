import CheckpointIO
import Platform
public import TensorCore

extension BaseModel {
    /// Reads a HuggingFace model directory onto a device, as fp32.
    ///
    /// - Parameters:
    ///   - directory: holds `config.json` and `model.safetensors`, or shards with their index.
    ///   - progress: receives the share done, from 0 to 1.
    /// - Throws: `ModelError` for a model this program cannot run, `FileError` for files it cannot read.
    public static func load(
        directory: String, backend: any Backend, progress: ((Double) -> Void)? = nil
    ) throws -> BaseModel {
        let config = try ModelConfig.load(directory: directory)
        let source = try ShardedSafetensors(directory: directory)
        let prefix = source.tensors["embed_tokens.weight"] == nil ? "model." : ""
        let total = Double(max(1, source.tensors.values.reduce(0) { $0 + $1.elementCount }))
        var done = 0
        let loader = WeightLoader(directory: directory, source: source, backend: backend) { count in
            done += count
            progress?(Double(done) / total)
        }
        let D = config.hiddenSize
        let embedding = try loader.tensor(prefix + "embed_tokens.weight", rows: config.vocabSize, columns: D)
        let layers = try (0..<config.numHiddenLayers).map { index in
            try layer(index, config: config, prefix: "\(prefix)layers.\(index).", loader: loader)
        }
        let finalNorm = try loader.vector(prefix + "norm.weight", count: D)
        let score = try pretrainedScore(source, directory: directory, hiddenSize: D)
        progress?(1)
        return BaseModel(
            directory: directory, config: config, backend: backend, source: source, prefix: prefix,
            embedding: embedding, layers: layers, finalNorm: finalNorm, pretrainedScore: score)
    }

    private static func layer(
        _ index: Int, config: ModelConfig, prefix: String, loader: WeightLoader
    ) throws -> Layer {
        var projections: [ProjectionKind: LinearWeights] = [:]
        for kind in ProjectionKind.allCases {
            let name = "\(prefix)\(kind.parent).\(kind.rawValue)"
            let (rows, columns) = kind.shape(config)
            projections[kind] = LinearWeights(
                weight: try loader.tensor(name + ".weight", rows: rows, columns: columns),
                bias: kind.hasBias(config) ? try loader.vector(name + ".bias", count: rows) : nil)
        }
        func headNorm(_ name: String) throws -> Tensor? {
            config.hasHeadNorms
                ? try loader.vector("\(prefix)self_attn.\(name).weight", count: config.headDim) : nil
        }
        return Layer(
            inputNorm: try loader.vector(prefix + "input_layernorm.weight", count: config.hiddenSize),
            postAttentionNorm: try loader.vector(
                prefix + "post_attention_layernorm.weight", count: config.hiddenSize),
            queryNorm: try headNorm("q_norm"), keyNorm: try headNorm("k_norm"), projections: projections)
    }

    private static func pretrainedScore(
        _ source: ShardedSafetensors, directory: String, hiddenSize: Int
    ) throws -> (rows: Int, values: [Float])? {
        guard let info = source.tensors["score.weight"] else { return nil }
        guard info.shape.count == 2, info.shape[1] == hiddenSize else {
            throw ModelError.wrongShape(
                path: directory, tensor: info.name, shape: info.shape,
                expected: [info.shape.first ?? 0, hiddenSize])
        }
        return (info.shape[0], try source.floats(of: info.name))
    }
}

/// Moves tensors from files to a device and checks their shapes on the way.
private struct WeightLoader {
    let directory: String
    let source: ShardedSafetensors
    let backend: any Backend
    let loaded: (Int) -> Void

    func vector(_ name: String, count: Int) throws -> Tensor {
        try load(name, shape: [count], rows: 1, columns: count)
    }

    func tensor(_ name: String, rows: Int, columns: Int) throws -> Tensor {
        try load(name, shape: [rows, columns], rows: rows, columns: columns)
    }

    /// The weights where they lie in the mapped file, if the device can use them there.
    private func shared(_ info: TensorInfo) throws -> Storage? {
        let type: ElementType
        switch info.dtype {
        case .float32: type = .float32
        // The operations on vectors want them in single precision.
        case .float16 where info.shape.count == 2: type = .float16
        case .bfloat16 where info.shape.count == 2: type = .bfloat16
        default: return nil
        }
        guard Int(littleEndian: 1) == 1 else { return nil }
        let file = try source.file(of: info.name).file
        let bytes = UnsafeRawBufferPointer(rebasing: file.unsafeBytes[info.byteRange])
        let isEmbedding = info.name.hasSuffix("embed_tokens.weight")
        return backend.makeStorage(
            sharing: SharedWeights(bytes: bytes, type: type, owner: file) {
                if isEmbedding { file.release(info.byteRange) }
            })
    }

    private func load(_ name: String, shape: [Int], rows: Int, columns: Int) throws -> Tensor {
        guard let info = source.tensors[name] else {
            throw ModelError.missingTensor(path: directory, tensor: name)
        }
        guard info.shape == shape else {
            throw ModelError.wrongShape(path: directory, tensor: name, shape: info.shape, expected: shape)
        }
        if let storage = try shared(info) {
            loaded(info.elementCount)
            return Tensor(storage, rows: rows, columns: columns)
        }
        let tensor = Tensor(try backend.makeStorage(count: rows * columns), rows: rows, columns: columns)
        let values = try source.floats(of: name)
        values.withUnsafeBufferPointer { backend.upload($0, to: tensor) }
        loaded(values.count)
        return tensor
    }
}
