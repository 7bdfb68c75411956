import CheckpointIO
public import JSONCore
import Platform

/// What a GGUF file is, for people and for programs.
///
/// The JSON has the members that inspections of other formats have.
public struct GGUFInspection: Sendable {
    /// Everything found, with a `schema_version`; long arrays are given by their first elements.
    public let json: JSONObject
    /// The same as text, line by line.
    public let lines: [String]

    /// The elements shown of a longer array.
    private static let shownElements = 8
    /// The characters shown of a longer text, in lines.
    private static let shownCharacters = 160

    /// Describes a GGUF file of any architecture.
    ///
    /// - Throws: `ImportError` for a broken rule of the format, `FileError` when the file cannot be read.
    public init(path: String, listsTensors: Bool = false) throws {
        self.init(try GGUFFile(path: path), listsTensors: listsTensors)
    }

    /// Describes an open file.
    ///
    /// - Parameter listsTensors: whether lines name every tensor, instead of the layers' together.
    public init(_ file: GGUFFile, listsTensors: Bool = false) {
        let tensors = file.tensors.sorted { NaturalOrder.precedes($0.name, $1.name) }
        let metadata = JSONObject(file.metadata.entries.map { ($0.key, Self.json(of: $0.value)) })
        let parameterCount = file.tensors.reduce(0) {
            $0.addingReportingOverflow($1.elementCount).partialValue
        }
        json = [
            "schema_version": 1,
            "kind": "gguf",
            "path": JSONValue(file.path),
            "size": JSONValue(file.file.byteCount),
            "version": JSONValue(file.header.version),
            "alignment": JSONValue(file.header.alignment),
            "metadata": JSONValue(metadata),
            "checksum": .null,
            "tensor_count": JSONValue(file.tensors.count),
            "parameter_count": JSONValue(parameterCount),
            "tensors": JSONValue(file.tensors.map(Self.json)),
        ]
        var lines = [
            "\(file.path): GGUF file",
            "  size         \(file.file.byteCount) bytes",
            "  version      \(file.header.version)",
            "  checksum     none in this format; the structure is sound",
            "  metadata",
        ]
        for (key, value) in metadata.members.map({ ($0.key, $0.value.encoded()) }) {
            let text =
                value.count <= Self.shownCharacters ? value : "\(value.prefix(Self.shownCharacters))..."
            lines.append("    \(key) = \(text)")
        }
        lines.append("  \(file.tensors.count) tensors, \(parameterCount) parameters")
        let facts = tensors.map {
            (name: Self.printable($0.name), dtype: $0.type.name, shape: $0.shape)
        }
        let groups =
            listsTensors
            ? facts.map { TensorGroup(name: $0.name, dtype: $0.dtype, shape: $0.shape, count: 1) }
            : TensorGroup.groups(facts)
        let width = groups.map(\.name.count).max() ?? 0
        for group in groups {
            let name = group.name + String(repeating: " ", count: width - group.name.count)
            let type = group.dtype + String(repeating: " ", count: max(0, 4 - group.dtype.count))
            lines.append(
                "    \(name)  \(type) \(group.shape)\(group.count > 1 ? "  x \(group.count)" : "")")
        }
        self.lines = lines
    }

    /// A name with nothing in it that a terminal would act upon.
    private static func printable(_ name: String) -> String {
        name.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
            ? name : JSONValue(name).encoded(JSONStyle(indent: nil, sortedKeys: false, asciiOnly: true))
    }

    private static func json(_ tensor: GGUFTensorInfo) -> JSONValue {
        [
            "name": JSONValue(tensor.name), "dtype": JSONValue(tensor.type.name),
            "shape": JSONValue(tensor.shape.map { JSONValue($0) }), "bytes": JSONValue(tensor.byteCount),
        ]
    }

    private static func json(of value: GGUFValue) -> JSONValue {
        switch value {
        case .string(let text): return JSONValue(text)
        case .bool(let flag): return JSONValue(flag)
        case .float32(let number): return JSONValue(number)
        case .float64(let number): return JSONValue(number)
        case .array(let array):
            let shown = (0..<min(array.count, shownElements)).map { json(of: array[$0]) }
            guard array.count > shownElements else { return JSONValue(shown) }
            return [
                "count": JSONValue(array.count), "type": JSONValue(array.elementTypeName),
                "first": JSONValue(shown),
            ]
        case .uint64(let number):
            return Int(exactly: number).map { JSONValue($0) } ?? JSONValue(Double(number))
        case .uint8, .int8, .uint16, .int16, .uint32, .int32, .int64:
            return value.int.map { JSONValue($0) } ?? .null
        }
    }
}
