/// What is fuzzed: each takes bytes as a file would give them, and has to read or refuse them.
enum FuzzTarget: String, CaseIterable {
    case safetensors
    case shardIndex = "shard-index"
    case apr
    case gguf
    case tokenizer
    case modelConfig = "config"
    case adapterConfig = "adapter-config"
    case jsonLines = "jsonl"
    case table = "csv"
    case settings = "yaml"
    case manifest
    case json

    /// The target of this process, set once before fuzzing begins.
    nonisolated(unsafe) static var current = FuzzTarget.json

    /// Reads the bytes, and uses what could be read. Traps, sanitizers and failed checks end the process.
    func run(_ bytes: [UInt8]) {
        switch self {
        case .safetensors: WeightFiles.safetensors(bytes)
        case .shardIndex: WeightFiles.shardIndex(bytes)
        case .apr: WeightFiles.apr(bytes)
        case .gguf: WeightFiles.gguf(bytes)
        case .tokenizer: Documents.tokenizer(bytes)
        case .modelConfig: Documents.modelConfig(bytes)
        case .adapterConfig: Documents.adapterConfig(bytes)
        case .manifest: Documents.manifest(bytes)
        case .json: Documents.json(bytes)
        case .jsonLines: Corpora.read(bytes, name: "corpus.jsonl")
        case .table: Corpora.read(bytes, name: "corpus.csv")
        case .settings: Settings.read(bytes)
        }
    }
}
