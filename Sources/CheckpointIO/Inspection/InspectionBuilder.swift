import JSONCore

/// A tensor as an inspection lists it, whatever its format.
struct InspectedTensor {
    let name: String
    let dtype: String
    let shape: [Int]
    let byteCount: Int

    var elementCount: Int { shape.reduce(1, *) }
}

/// Collects the same facts as JSON and as lines.
struct InspectionBuilder {
    private let kind: Inspection.Kind
    /// Whether lines name every tensor.
    private let listsTensors: Bool
    private var json: JSONObject
    private var lines: [String]

    init(kind: Inspection.Kind, path: String, listsTensors: Bool) {
        self.kind = kind
        self.listsTensors = listsTensors
        json = ["schema_version": 1, "kind": .string(kind.rawValue), "path": .string(path)]
        lines = ["\(path): \(Self.title(of: kind))"]
    }

    var inspection: Inspection { Inspection(kind: kind, json: json, lines: lines) }

    /// Adds one fact.
    mutating func add(_ key: String, _ value: JSONValue, _ text: String) {
        json[key] = value
        lines.append("  \(Self.padded(key, to: 12)) \(text)")
    }

    /// Adds a fact that is for programs only.
    mutating func addSilently(_ key: String, _ value: JSONValue) { json[key] = value }

    /// Adds a heading with a list below it.
    mutating func addList(_ heading: String, _ texts: [String]) {
        guard !texts.isEmpty else { return }
        lines.append("  \(heading)")
        lines += texts.map { "    \($0)" }
    }

    /// Adds a file's metadata.
    mutating func add(metadata: JSONObject) {
        json["metadata"] = .object(metadata)
        addList(
            "metadata",
            metadata.members.map { member in
                let text = member.value.encoded()
                return "\(member.key) = \(text.utf8.count <= 160 ? text : String(text.prefix(157)) + "...")"
            })
    }

    /// Adds the tensors with their number and size: the layers in the order of their numbers, and in lines those that
    /// differ by it alone together.
    mutating func add(tensors: [InspectedTensor]) {
        let tensors = tensors.sorted { NaturalOrder.precedes($0.name, $1.name) }
        let parameters = tensors.reduce(0) { $0.addingReportingOverflow($1.elementCount).partialValue }
        json["tensor_count"] = JSONValue(tensors.count)
        json["parameter_count"] = JSONValue(parameters)
        json["tensors"] = .array(
            tensors.map { tensor in
                [
                    "name": .string(tensor.name), "dtype": .string(tensor.dtype),
                    "shape": .array(tensor.shape.map { JSONValue($0) }), "bytes": JSONValue(tensor.byteCount),
                ]
            })
        let heading = "\(tensors.count) tensors, \(parameters) parameters"
        let groups = TensorGroup.groups(tensors)
        let shown = listsTensors ? tensors.map { ($0.name, $0.dtype, $0.shape, 1) } : groups.map(\.row)
        let width = shown.map(\.0.count).max() ?? 0
        addList(
            heading,
            shown.map { name, dtype, shape, count in
                "\(Self.padded(name, to: width))  \(Self.padded(dtype, to: 4)) \(shape)\(count > 1 ? "  x \(count)" : "")"
            })
    }

    private static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private static func title(of kind: Inspection.Kind) -> String {
        switch kind {
        case .safetensors: "safetensors file"
        case .apr: "APR v2 file"
        case .checkpoint: "checkpoint"
        case .model: "model directory"
        }
    }
}
