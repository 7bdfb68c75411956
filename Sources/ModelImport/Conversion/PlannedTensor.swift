/// A tensor of the file and what it becomes.
struct PlannedTensor: Sendable {
    let source: GGUFTensorInfo
    /// The name in transformers.
    let name: String
    /// The number of heads whose halves are interleaved in the file's rows; nil when rows keep their order.
    let interleavedHeads: Int?

    /// The row of the file that becomes row `row` of the output.
    ///
    /// In the file a head's rows go first half, second half, first half, …: row 2i is row i of the head, row
    /// 2i + 1 is row i of its second half.
    func sourceRow(of row: Int) -> Int {
        guard let interleavedHeads else { return row }
        let headDim = source.shape[0] / interleavedHeads
        let (head, dimension) = row.quotientAndRemainder(dividingBy: headDim)
        let half = headDim / 2
        return head * headDim + (dimension % half) * 2 + dimension / half
    }
}

/// What becomes of every tensor of a file.
struct TensorPlan: Sendable {
    /// The tensors to write, in the order of the model.
    let tensors: [PlannedTensor]
    /// The divisors of the rotary frequencies, when the file has them.
    let ropeFrequencies: GGUFTensorInfo?

    init(header: GGUFHeader, model: ImportedModel) throws(ImportProblem) {
        var builder = Builder(header: header, model: model)
        try builder.add(
            "token_embd.weight", "model.embed_tokens.weight", [model.vocabSize, model.hiddenSize])
        for layer in 0..<model.numHiddenLayers { try builder.addLayer(layer) }
        try builder.add("output_norm.weight", "model.norm.weight", [model.hiddenSize])
        if !model.tieWordEmbeddings {
            try builder.add("output.weight", "lm_head.weight", [model.vocabSize, model.hiddenSize])
        }
        ropeFrequencies = try builder.take("rope_freqs.weight", shape: [model.headDim / 2])
        guard builder.unclaimed.isEmpty else {
            let name = header.tensors.first { builder.unclaimed[ByteString($0.name)] != nil }?.name ?? ""
            throw ImportProblem(.unexpectedTensor(name, architecture: model.architecture.rawValue))
        }
        tensors = builder.tensors
    }

    private struct Builder {
        let model: ImportedModel
        var unclaimed: [ByteString: GGUFTensorInfo] = [:]
        var tensors: [PlannedTensor] = []

        init(header: GGUFHeader, model: ImportedModel) {
            self.model = model
            for tensor in header.tensors { unclaimed[ByteString(tensor.name)] = tensor }
        }

        /// Claims a tensor of the file; nil when there is none of this name.
        mutating func take(_ name: String, shape: [Int]) throws(ImportProblem) -> GGUFTensorInfo? {
            guard let tensor = unclaimed.removeValue(forKey: ByteString(name)) else { return nil }
            guard tensor.shape == shape else {
                throw ImportProblem(.wrongShape(tensor: name, expected: shape, got: tensor.shape))
            }
            guard tensor.type.isDecodable else {
                throw ImportProblem(.unsupportedTensorType(tensor: name, type: tensor.type))
            }
            return tensor
        }

        mutating func add(
            _ name: String, _ newName: String, _ shape: [Int], interleavedHeads: Int? = nil
        ) throws(ImportProblem) {
            guard let source = try take(name, shape: shape) else {
                throw ImportProblem(.missingTensor(name))
            }
            tensors.append(PlannedTensor(source: source, name: newName, interleavedHeads: interleavedHeads))
        }

        mutating func addLayer(_ layer: Int) throws(ImportProblem) {
            let (old, new) = ("blk.\(layer)", "model.layers.\(layer)")
            let (hidden, inner) = (model.hiddenSize, model.intermediateSize)
            let queries = model.numAttentionHeads * model.headDim
            let keys = model.numKeyValueHeads * model.headDim
            let interleaved = model.architecture.interleavesQueryAndKey
            try add("\(old).attn_norm.weight", "\(new).input_layernorm.weight", [hidden])
            try add(
                "\(old).attn_q.weight", "\(new).self_attn.q_proj.weight", [queries, hidden],
                interleavedHeads: interleaved ? model.numAttentionHeads : nil)
            try add(
                "\(old).attn_k.weight", "\(new).self_attn.k_proj.weight", [keys, hidden],
                interleavedHeads: interleaved ? model.numKeyValueHeads : nil)
            try add("\(old).attn_v.weight", "\(new).self_attn.v_proj.weight", [keys, hidden])
            if model.architecture.hasAttentionBias {
                try add("\(old).attn_q.bias", "\(new).self_attn.q_proj.bias", [queries])
                try add("\(old).attn_k.bias", "\(new).self_attn.k_proj.bias", [keys])
                try add("\(old).attn_v.bias", "\(new).self_attn.v_proj.bias", [keys])
            }
            if model.architecture.hasHeadNorms {
                try add("\(old).attn_q_norm.weight", "\(new).self_attn.q_norm.weight", [model.headDim])
                try add("\(old).attn_k_norm.weight", "\(new).self_attn.k_norm.weight", [model.headDim])
            }
            try add("\(old).attn_output.weight", "\(new).self_attn.o_proj.weight", [hidden, queries])
            try add("\(old).ffn_norm.weight", "\(new).post_attention_layernorm.weight", [hidden])
            try add("\(old).ffn_gate.weight", "\(new).mlp.gate_proj.weight", [inner, hidden])
            try add("\(old).ffn_up.weight", "\(new).mlp.up_proj.weight", [inner, hidden])
            try add("\(old).ffn_down.weight", "\(new).mlp.down_proj.weight", [hidden, inner])
        }
    }
}
