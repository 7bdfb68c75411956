/// The names of LoRA tensors: PEFT's on one side, this project's on the other. One table, both ways.
///
/// | what | PEFT (`adapter_model.safetensors`) | this project (`model.safetensors`, `model.apr`) |
/// |---|---|---|
/// | A of a module | `base_model.model.model.layers.3.self_attn.q_proj.lora_A.weight` | `lora.3.q_proj.lora_a` |
/// | B of a module | `base_model.model.model.layers.3.self_attn.q_proj.lora_B.weight` | `lora.3.q_proj.lora_b` |
/// | the head | `base_model.model.score.weight` | `score.weight` |
public enum AdapterNaming {
    /// A linear layer of a transformer block; the raw value is its name in both schemes.
    public enum Module: String, Sendable, Hashable, CaseIterable {
        case qProj = "q_proj"
        case kProj = "k_proj"
        case vProj = "v_proj"
        case oProj = "o_proj"
        case gateProj = "gate_proj"
        case upProj = "up_proj"
        case downProj = "down_proj"

        /// The module of the block that holds this layer.
        public var parent: String {
            switch self {
            case .qProj, .kProj, .vProj, .oProj: "self_attn"
            case .gateProj, .upProj, .downProj: "mlp"
            }
        }
    }

    /// One of the two matrices of an adapter.
    public enum Matrix: String, Sendable, Hashable, CaseIterable {
        /// [rank, in]
        case a
        /// [out, rank]
        case b
    }

    /// One LoRA tensor of a model.
    public struct Slot: Sendable, Hashable {
        /// The number of the block, from 0.
        public let layer: Int
        /// The layer in the block.
        public let module: Module
        /// Which matrix.
        public let matrix: Matrix

        /// A tensor's place.
        public init(layer: Int, module: Module, matrix: Matrix) {
            self.layer = layer
            self.module = module
            self.matrix = matrix
        }
    }

    /// The head's key in `adapter_model.safetensors`.
    public static let peftHeadKey = "base_model.model.score.weight"
    /// The head's name in this project's files.
    public static let headName = "score.weight"

    private static let peftPrefix = "base_model.model."

    /// The name of a layer in the model, which target patterns match: `model.layers.3.self_attn.q_proj`.
    public static func moduleName(layer: Int, module: Module) -> String {
        "model.layers.\(layer).\(module.parent).\(module.rawValue)"
    }

    /// A tensor's key in `adapter_model.safetensors`.
    public static func peftKey(_ slot: Slot) -> String {
        let matrix = slot.matrix == .a ? "lora_A" : "lora_B"
        return "\(peftPrefix)\(moduleName(layer: slot.layer, module: slot.module)).\(matrix).weight"
    }

    /// A tensor's name in this project's files.
    public static func name(_ slot: Slot) -> String {
        "lora.\(slot.layer).\(slot.module.rawValue).lora_\(slot.matrix.rawValue)"
    }

    /// The tensor that a PEFT key names, or nil for any other key.
    ///
    /// The adapter's name `default`, which some versions left in the keys, is accepted as PEFT does.
    public static func slot(peftKey key: String) -> Slot? {
        guard key.hasPrefix(peftPrefix) else { return nil }
        var parts = key.dropFirst(peftPrefix.count).split(separator: ".", omittingEmptySubsequences: false)
        if parts.count == 8, parts[6] == "default" { parts.remove(at: 6) }
        guard parts.count == 7, parts[0] == "model", parts[1] == "layers", parts[6] == "weight",
            let layer = number(parts[2]), let module = Module(rawValue: String(parts[4])),
            parts[3] == module.parent
        else { return nil }
        switch parts[5] {
        case "lora_A": return Slot(layer: layer, module: module, matrix: .a)
        case "lora_B": return Slot(layer: layer, module: module, matrix: .b)
        default: return nil
        }
    }

    /// The tensor that a name in this project's files means, or nil for any other name.
    public static func slot(name: String) -> Slot? {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "lora", let layer = number(parts[1]),
            let module = Module(rawValue: String(parts[2])), parts[3].hasPrefix("lora_"),
            let matrix = Matrix(rawValue: String(parts[3].dropFirst(5)))
        else { return nil }
        return Slot(layer: layer, module: module, matrix: matrix)
    }

    /// This project's name for a PEFT key, or nil for a key that has none.
    public static func name(peftKey key: String) -> String? {
        key == peftHeadKey ? headName : slot(peftKey: key).map { name($0) }
    }

    /// PEFT's key for a name of this project, or nil for a name that has none.
    public static func peftKey(name: String) -> String? {
        name == headName ? peftHeadKey : slot(name: name).map { peftKey($0) }
    }

    /// A block number in its only spelling.
    private static func number(_ text: Substring) -> Int? {
        guard let value = Int(text), value >= 0, String(value) == text else { return nil }
        return value
    }
}
