import JSONCore
import Platform

/// The dimensions that decide a model's cost.
struct ModelShape {
    /// Inputs and outputs of a projection.
    struct Projection {
        let name: String
        let inputs: Int
        let outputs: Int
    }

    let hiddenSize: Int
    let intermediateSize: Int
    let queryHeads: Int
    let keyValueHeads: Int
    let headDim: Int
    let layers: Int

    /// Reads a `config.json`.
    init(config path: String) throws {
        let config = try JSONParser.parse(Files.read(path))
        func integer(_ name: String) throws -> Int {
            guard let value = config[name]?.int, value > 0 else { throw BenchmarkError("\(path): \(name)") }
            return value
        }
        hiddenSize = try integer("hidden_size")
        intermediateSize = try integer("intermediate_size")
        queryHeads = try integer("num_attention_heads")
        keyValueHeads = config["num_key_value_heads"]?.int ?? queryHeads
        headDim = config["head_dim"]?.int ?? hiddenSize / queryHeads
        layers = try integer("num_hidden_layers")
    }

    /// The products of a layer.
    var projections: [Projection] {
        let (query, key) = (queryHeads * headDim, keyValueHeads * headDim)
        return [
            Projection(name: "q", inputs: hiddenSize, outputs: query),
            Projection(name: "k", inputs: hiddenSize, outputs: key),
            Projection(name: "v", inputs: hiddenSize, outputs: key),
            Projection(name: "o", inputs: query, outputs: hiddenSize),
            Projection(name: "gate", inputs: hiddenSize, outputs: intermediateSize),
            Projection(name: "up", inputs: hiddenSize, outputs: intermediateSize),
            Projection(name: "down", inputs: intermediateSize, outputs: hiddenSize),
        ]
    }
}

/// Whole files.
enum Files {
    static func read(_ path: String) throws -> [UInt8] {
        guard let file = fopen(path, "rb") else { throw BenchmarkError("\(path): cannot be read") }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        while true {
            let piece = [UInt8](unsafeUninitializedCapacity: 1 << 20) { buffer, count in
                count = fread(buffer.baseAddress, 1, 1 << 20, file)
            }
            if piece.isEmpty { return bytes }
            bytes += piece
        }
    }
}
