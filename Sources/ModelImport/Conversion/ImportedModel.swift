/// What a GGUF file says about its model: everything that `config.json` and the tensor shapes follow from.
struct ImportedModel: Sendable {
    let architecture: ImportArchitecture
    let hiddenSize: Int
    let numHiddenLayers: Int
    let intermediateSize: Int
    let numAttentionHeads: Int
    let numKeyValueHeads: Int
    let headDim: Int
    let vocabSize: Int
    let maxPositionEmbeddings: Int
    let rmsNormEps: Double
    let ropeTheta: Double
    /// Whether the output projection is the embedding matrix: the file has no `output.weight`.
    let tieWordEmbeddings: Bool
    /// The ids of special tokens by their name in a config, such as `bos_token_id`.
    let specialTokenIDs: [(name: String, id: Int)]

    init(header: GGUFHeader) throws(ImportProblem) {
        let reader = MetadataReader(header.metadata)
        let name = try reader.required(
            "general.architecture", try reader.string("general.architecture"))
        guard let architecture = ImportArchitecture(rawValue: name) else {
            throw ImportProblem(.unsupportedArchitecture(name))
        }
        self.architecture = architecture
        func size(_ suffix: String) throws(ImportProblem) -> Int {
            let key = "\(name).\(suffix)"
            return try reader.required(key, try reader.size(key))
        }
        hiddenSize = try size("embedding_length")
        numHiddenLayers = try size("block_count")
        intermediateSize = try size("feed_forward_length")
        maxPositionEmbeddings = try size("context_length")
        numAttentionHeads = try size("attention.head_count")
        numKeyValueHeads = try reader.size("\(name).attention.head_count_kv") ?? numAttentionHeads
        guard numAttentionHeads % numKeyValueHeads == 0 else {
            throw ImportProblem(
                .invalidMetadata(
                    key: "\(name).attention.head_count_kv", value: String(numKeyValueHeads),
                    expected: "a divisor of the \(numAttentionHeads) heads"))
        }
        headDim = try Self.headDim(
            reader, architecture, hiddenSize: hiddenSize, numAttentionHeads: numAttentionHeads)
        rmsNormEps = try Self.positive(reader, "\(name).attention.layer_norm_rms_epsilon", default: nil)
        // llama.cpp's and transformers' default alike.
        ropeTheta = try Self.positive(reader, "\(name).rope.freq_base", default: 10_000)

        let tokenCount = try reader.strings("tokenizer.ggml.tokens")?.count
        let vocabSize = try reader.size("\(name).vocab_size") ?? tokenCount
        self.vocabSize = try reader.required("tokenizer.ggml.tokens", vocabSize)
        if let tokenCount, tokenCount > self.vocabSize {
            throw ImportProblem(
                .wrongTokenCount(key: "\(name).vocab_size", got: self.vocabSize, expected: tokenCount))
        }
        tieWordEmbeddings = !header.tensors.contains { $0.name == "output.weight" }
        var specialTokenIDs: [(name: String, id: Int)] = []
        for (key, name) in Self.specialTokenKeys {
            let key = "tokenizer.ggml.\(key)"
            guard let id = try reader.int(key) else { continue }
            guard (0..<self.vocabSize).contains(id) else {
                throw ImportProblem(.tokenIDOutOfRange(key: key, id: id, vocabularySize: self.vocabSize))
            }
            specialTokenIDs.append((name, id))
        }
        self.specialTokenIDs = specialTokenIDs
        try Self.refuseWhatWouldBeLost(reader, name, contextLength: maxPositionEmbeddings)
    }

    private static let specialTokenKeys = [
        ("bos_token_id", "bos_token_id"), ("eos_token_id", "eos_token_id"),
        ("unknown_token_id", "unk_token_id"), ("padding_token_id", "pad_token_id"),
    ]

    private static func headDim(
        _ reader: MetadataReader, _ architecture: ImportArchitecture, hiddenSize: Int, numAttentionHeads: Int
    ) throws(ImportProblem) -> Int {
        let name = architecture.rawValue
        let key = "\(name).attention.key_length"
        let rotated = try reader.size("\(name).rope.dimension_count")
        let headDim: Int
        if let keyLength = try reader.size(key) ?? rotated {
            headDim = keyLength
        } else {
            guard hiddenSize % numAttentionHeads == 0 else { throw ImportProblem(.missingMetadata(key: key)) }
            headDim = hiddenSize / numAttentionHeads
        }
        guard headDim % 2 == 0 else {
            throw ImportProblem(
                .invalidMetadata(key: key, value: String(headDim), expected: "an even number"))
        }
        if let valueLength = try reader.size("\(name).attention.value_length"), valueLength != headDim {
            throw ImportProblem(
                .unsupportedFeature("a value width of \(valueLength) beside a key width of \(headDim)"))
        }
        if let rotated, rotated != headDim {
            throw ImportProblem(.unsupportedFeature("rotating \(rotated) of \(headDim) dimensions of a head"))
        }
        return headDim
    }

    private static func positive(
        _ reader: MetadataReader, _ key: String, default: Double?
    ) throws(ImportProblem) -> Double {
        let value = try reader.required(key, try reader.double(key) ?? `default`)
        guard value.isFinite, value > 0 else {
            throw ImportProblem(.invalidMetadata(key: key, value: "\(value)", expected: "a positive number"))
        }
        return value
    }

    /// Keys that change what the model computes and that the written config cannot express.
    private static func refuseWhatWouldBeLost(
        _ reader: MetadataReader, _ name: String, contextLength: Int
    ) throws(ImportProblem) {
        if let type = try reader.string("general.type"), type != "model" {
            throw ImportProblem(.unsupportedFeature("a file of type \"\(type)\" instead of a model"))
        }
        if let parts = try reader.int("split.count"), parts > 1 {
            throw ImportProblem(.unsupportedFeature("a model split into \(parts) files"))
        }
        if let experts = try reader.int("\(name).expert_count"), experts != 0 {
            throw ImportProblem(.unsupportedFeature("a mixture of \(experts) experts"))
        }
        if let window = try reader.int("\(name).attention.sliding_window"), window != 0,
            window < contextLength
        {
            throw ImportProblem(.unsupportedFeature("a sliding attention window of \(window)"))
        }
        if let type = try reader.string("\(name).rope.scaling.type"), type != "none" {
            throw ImportProblem(.unsupportedFeature("rope scaling of type \"\(type)\""))
        }
        for suffix in ["rope.scale_linear", "rope.scaling.factor"] {
            guard let factor = try reader.double("\(name).\(suffix)"), factor != 1, factor != 0 else {
                continue
            }
            throw ImportProblem(.unsupportedFeature("rope scaling by \(factor)"))
        }
        for suffix in ["attention.scale", "embedding_scale", "residual_scale", "logit_scale"]
        where reader.metadata["\(name).\(suffix)"] != nil {
            throw ImportProblem(.unsupportedFeature("metadata key \"\(name).\(suffix)\""))
        }
    }
}
