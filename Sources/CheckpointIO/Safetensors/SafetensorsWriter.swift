import JSONCore
public import Platform

/// Writes safetensors files byte for byte as the Python library does.
///
/// Tensors are laid out by element type (wider first) and then by name; the header is padded with spaces to a
/// multiple of eight. The same tensors give the same bytes, whatever order they are given in.
public enum SafetensorsWriter {
    /// The file of these tensors in memory.
    ///
    /// - Throws: `FileError` for a bad name, a duplicate, or values that do not fill their shape.
    public static func encode(
        _ tensors: [NamedTensor], metadata: [String: String] = [:]
    ) throws(FileError) -> [UInt8] {
        var sink = MemorySink()
        try write(tensors, metadata: metadata, to: &sink)
        return sink.bytes
    }

    /// Writes single precision tensors that are in memory.
    ///
    /// - Throws: `FileError` for a bad name, a duplicate, values that do not fill their shape, or from the
    ///   sink.
    public static func write(
        _ tensors: [NamedTensor], metadata: [String: String] = [:], to sink: inout some ByteSink
    ) throws(FileError) {
        for tensor in tensors { try TensorRules.checkCount(tensor) }
        let order = try layout(
            tensors.map { TensorDeclaration(name: $0.name, dtype: .float32, shape: $0.shape) })
        try sink.write(try header(order, metadata: metadata))
        for entry in order { try sink.write(tensors[entry.position].values) }
    }

    /// Writes tensors of any type one at a time, so that only one need be in memory.
    ///
    /// - Parameters:
    ///   - declarations: What the file will hold, in any order.
    ///   - metadata: The file's metadata; PEFT and transformers expect `format` to be `pt`.
    ///   - sink: Where the bytes go.
    ///   - payload: Called once for each declaration in the order of the file; must put exactly the tensor's
    ///     bytes, little-endian and row-major, into the sink.
    /// - Throws: `FileError` for a bad name, a duplicate, or a payload that does not fill its shape;
    ///   whatever `payload` throws.
    public static func write<Sink: ByteSink>(
        _ declarations: [TensorDeclaration], metadata: [String: String] = [:], to sink: inout Sink,
        payload: (TensorDeclaration, inout Sink) throws -> Void
    ) throws {
        let order = try layout(declarations)
        try sink.write(try header(order, metadata: metadata))
        for entry in order {
            let start = sink.byteCount
            try payload(entry.declaration, &sink)
            guard sink.byteCount - start == entry.byteCount else {
                throw FileError(
                    TensorProblem.payloadSize(
                        name: entry.declaration.name, expected: entry.byteCount,
                        got: sink.byteCount - start), path: "tensor to be written")
            }
        }
    }

    // MARK: - Layout

    private struct Entry {
        let declaration: TensorDeclaration
        /// The index in the caller's list.
        let position: Int
        let byteCount: Int
    }

    private static func layout(_ declarations: [TensorDeclaration]) throws(FileError) -> [Entry] {
        try TensorRules.checkNames(declarations.map(\.name))
        var entries: [Entry] = []
        entries.reserveCapacity(declarations.count)
        for (position, declaration) in declarations.enumerated() {
            guard let byteCount = declaration.byteCount else {
                throw TensorRules.error(
                    .invalidShape(name: declaration.name, shape: declaration.shape))
            }
            entries.append(Entry(declaration: declaration, position: position, byteCount: byteCount))
        }
        return entries.sorted { left, right in
            let (leftRank, rightRank) = (rank(left.declaration.dtype), rank(right.declaration.dtype))
            return leftRank != rightRank
                ? leftRank > rightRank : utf8Precedes(left.declaration.name, right.declaration.name)
        }
    }

    private static func rank(_ dtype: DType) -> Int { DType.allCases.firstIndex(of: dtype) ?? 0 }

    private static func header(
        _ entries: [Entry], metadata: [String: String]
    ) throws(FileError) -> [UInt8] {
        var object = JSONObject()
        if !metadata.isEmpty {
            let sorted = metadata.sorted { utf8Precedes($0.key, $1.key) }
            object["__metadata__"] = .object(JSONObject(sorted.map { ($0.key, .string($0.value)) }))
        }
        var end = 0
        for entry in entries {
            let start = end
            let (sum, overflow) = start.addingReportingOverflow(entry.byteCount)
            guard !overflow else {
                throw TensorRules.error(
                    .invalidShape(name: entry.declaration.name, shape: entry.declaration.shape))
            }
            end = sum
            object[entry.declaration.name] = [
                "dtype": .string(entry.declaration.dtype.rawValue),
                "shape": .array(entry.declaration.shape.map { JSONValue($0) }),
                "data_offsets": [JSONValue(start), JSONValue(end)],
            ]
        }
        var text = Array(JSONValue.object(object).encoded(.compact).utf8)
        text.append(contentsOf: repeatElement(UInt8(ascii: " "), count: (8 - text.count % 8) % 8))
        guard text.count <= SafetensorsHeader.sizeLimit else {
            throw FileError(
                SafetensorsProblem.headerWouldBeTooLarge(
                    bytes: text.count, limit: SafetensorsHeader.sizeLimit),
                path: "safetensors header")
        }
        var header: [UInt8] = []
        header.reserveCapacity(8 + text.count)
        header.append(littleEndian: UInt64(text.count))
        return header + text
    }
}
