/// The names of a family's trained tensors: PEFT's on one side, this project's on the other. One table, both ways.
///
/// | what | PEFT (`adapter_model.safetensors`) | this project (`model.safetensors`, `model.apr`) |
/// |---|---|---|
/// | A of a module | `base_model.model.model.layers.3.self_attn.q_proj.lora_A.weight` | `lora.3.q_proj.lora_a` |
/// | B of a module | `base_model.model.model.layers.3.self_attn.q_proj.lora_B.weight` | `lora.3.q_proj.lora_b` |
/// | the head | `base_model.model.score.weight` | `score.weight` |
public struct AdapterNaming: Sendable, Hashable {
    /// A linear layer of a transformer layer.
    public struct Module: Sendable, Hashable {
        /// Its path in the layer, as transformers has it: `self_attn.q_proj`.
        public let path: String
        /// Its name in this project's files: `q_proj`.
        public let name: String

        /// A linear layer.
        public init(path: String, name: String) {
            self.path = path
            self.name = name
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
        /// The number of the layer, from 0.
        public let layer: Int
        /// The linear layer.
        public let module: Module
        /// Which matrix.
        public let matrix: Matrix

        /// A tensor of an adapter.
        public init(layer: Int, module: Module, matrix: Matrix) {
            self.layer = layer
            self.module = module
            self.matrix = matrix
        }
    }

    private static let peftPrefix = "base_model.model."

    /// The path of the list of layers in the classifier: `model.layers`.
    public let layerPath: String
    /// The linear layers of a layer that can be adapted, in a fixed order: their numbers key the dropout masks.
    public let modules: [Module]
    /// The head's tensors, of which the first has a row for each label: `score.weight`.
    public let headNames: [String]

    /// A family's names.
    public init(layerPath: String, modules: [Module], headNames: [String]) {
        self.layerPath = layerPath
        self.modules = modules
        self.headNames = headNames
    }

    /// The names of Llama and of the decoders that follow it.
    public static let decoder = AdapterNaming(
        layerPath: "model.layers",
        modules: ["q_proj", "k_proj", "v_proj", "o_proj"].map { Module(path: "self_attn." + $0, name: $0) }
            + ["gate_proj", "up_proj", "down_proj"].map { Module(path: "mlp." + $0, name: $0) },
        headNames: ["score.weight"])

    /// All namings, for readers of files that do not know the family.
    public static let all: [AdapterNaming] = [.decoder]

    /// This project's name for a PEFT key of any family, or nil for a key that has none.
    public static func name(peftKey key: String) -> String? {
        all.lazy.compactMap { $0.name(peftKey: key) }.first
    }

    /// The name of the weights, `[labels, features]`, that turn features into scores.
    public var headName: String { headNames[0] }

    /// The name of a linear layer in the model, which target patterns match: `model.layers.3.self_attn.q_proj`.
    public func moduleName(layer: Int, module: Module) -> String { "\(layerPath).\(layer).\(module.path)" }

    /// A tensor's key in `adapter_model.safetensors`.
    public func peftKey(_ slot: Slot) -> String {
        let matrix = slot.matrix == .a ? "lora_A" : "lora_B"
        return "\(Self.peftPrefix)\(moduleName(layer: slot.layer, module: slot.module)).\(matrix).weight"
    }

    /// A tensor's name in this project's files.
    public func name(_ slot: Slot) -> String {
        "lora.\(slot.layer).\(slot.module.name).lora_\(slot.matrix.rawValue)"
    }

    /// The tensor that a PEFT key names, or nil for any other key.
    ///
    /// The adapter's name `default`, which some versions left in the keys, is accepted as PEFT does.
    public func slot(peftKey key: String) -> Slot? {
        let start = "\(Self.peftPrefix)\(layerPath)."
        guard key.hasPrefix(start), key.hasSuffix(".weight") else { return nil }
        var parts = key.dropFirst(start.count).dropLast(7).split(
            separator: ".", omittingEmptySubsequences: false)
        if parts.last == "default" { parts.removeLast() }
        guard parts.count >= 3, let layer = Self.number(parts[0]),
            let matrix = [Substring("lora_A"): Matrix.a, "lora_B": .b][parts[parts.count - 1]]
        else { return nil }
        let path = parts[1..<parts.count - 1].joined(separator: ".")
        return modules.first { $0.path == path }.map { Slot(layer: layer, module: $0, matrix: matrix) }
    }

    /// The tensor that a name in this project's files means, or nil for any other name.
    public func slot(name: String) -> Slot? {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count >= 4, parts[0] == "lora", let layer = Self.number(parts[1]),
            let last = parts.last, last.hasPrefix("lora_"),
            let matrix = Matrix(rawValue: String(last.dropFirst(5)))
        else { return nil }
        let module = parts[2..<parts.count - 1].joined(separator: ".")
        return modules.first { $0.name == module }.map { Slot(layer: layer, module: $0, matrix: matrix) }
    }

    /// This project's name for a PEFT key, or nil for a key that has none.
    public func name(peftKey key: String) -> String? {
        headNames.first { Self.peftPrefix + $0 == key } ?? slot(peftKey: key).map { name($0) }
    }

    /// PEFT's key for a name of this project, or nil for a name that has none.
    public func peftKey(name: String) -> String? {
        headNames.contains(name) ? Self.peftPrefix + name : slot(name: name).map { peftKey($0) }
    }

    /// A layer's number in its only spelling.
    private static func number(_ text: Substring) -> Int? {
        guard let value = Int(text), value >= 0, String(value) == text else { return nil }
        return value
    }
}
