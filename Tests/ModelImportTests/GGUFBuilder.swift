/// Writes GGUF bytes, valid or not.
struct GGUFBuilder {
    /// A metadata value with its type number.
    indirect enum Value {
        case uint8(UInt8)
        case int8(Int8)
        case uint16(UInt16)
        case int16(Int16)
        case uint32(UInt32)
        case int32(Int32)
        case float32(Float)
        case bool(UInt8)
        case string(String)
        case uint64(UInt64)
        case int64(Int64)
        case float64(Double)
        case array(type: UInt32, [Value])
        /// A type number and bytes of the caller's own.
        case raw(type: UInt32, [UInt8])

        static func strings(_ values: [String]) -> Value { .array(type: 8, values.map(Value.string)) }
        static func floats(_ values: [Float]) -> Value { .array(type: 6, values.map(Value.float32)) }
        static func int32s(_ values: [Int32]) -> Value { .array(type: 5, values.map(Value.int32)) }
    }

    struct Tensor {
        var name: String
        /// Slowest first; written the other way round.
        var shape: [UInt64]
        var type: UInt32 = 0
        var bytes: [UInt8]
        /// Instead of the offset of the bytes.
        var offset: UInt64?
    }

    var version: UInt32 = 3
    var metadata: [(key: String, value: Value)] = []
    var tensors: [Tensor] = []
    var alignment = 32
    /// Instead of the true numbers.
    var tensorCount: UInt64?
    var metadataCount: UInt64?

    mutating func set(_ key: String, _ value: Value?) {
        let index = metadata.firstIndex { $0.key == key }
        switch (index, value) {
        case (let index?, let value?): metadata[index].value = value
        case (let index?, nil): metadata.remove(at: index)
        case (nil, let value?): metadata.append((key, value))
        case (nil, nil): break
        }
    }

    mutating func add(_ name: String, _ shape: [Int], _ values: [Float]) {
        tensors.append(Tensor(name: name, shape: shape.map(UInt64.init), bytes: values.flatMap(Self.bytes)))
    }

    var bytes: [UInt8] {
        var result = Array("GGUF".utf8)
        result += Self.bytes(version) + Self.bytes(tensorCount ?? UInt64(tensors.count))
        result += Self.bytes(metadataCount ?? UInt64(metadata.count))
        for (key, value) in metadata {
            result += Self.bytes(key) + Self.bytes(Self.type(of: value)) + Self.bytes(value)
        }
        var data: [UInt8] = []
        for tensor in tensors {
            result += Self.bytes(tensor.name) + Self.bytes(UInt32(tensor.shape.count))
            for length in tensor.shape.reversed() { result += Self.bytes(length) }
            result += Self.bytes(tensor.type) + Self.bytes(tensor.offset ?? UInt64(data.count))
            data += Self.padded(tensor.bytes, to: alignment)
        }
        return Self.padded(result, to: alignment) + data
    }

    private static func padded(_ bytes: [UInt8], to alignment: Int) -> [UInt8] {
        bytes + [UInt8](repeating: 0, count: (alignment - bytes.count % alignment) % alignment)
    }

    static func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    static func bytes(_ value: Float) -> [UInt8] { bytes(value.bitPattern) }

    static func bytes(_ text: String) -> [UInt8] { bytes(UInt64(text.utf8.count)) + Array(text.utf8) }

    private static func type(of value: Value) -> UInt32 {
        switch value {
        case .uint8: 0
        case .int8: 1
        case .uint16: 2
        case .int16: 3
        case .uint32: 4
        case .int32: 5
        case .float32: 6
        case .bool: 7
        case .string: 8
        case .array: 9
        case .uint64: 10
        case .int64: 11
        case .float64: 12
        case .raw(let type, _): type
        }
    }

    private static func bytes(_ value: Value) -> [UInt8] {
        switch value {
        case .uint8(let value), .bool(let value): [value]
        case .int8(let value): bytes(value)
        case .uint16(let value): bytes(value)
        case .int16(let value): bytes(value)
        case .uint32(let value): bytes(value)
        case .int32(let value): bytes(value)
        case .float32(let value): bytes(value)
        case .string(let value): bytes(value)
        case .uint64(let value): bytes(value)
        case .int64(let value): bytes(value)
        case .float64(let value): bytes(value.bitPattern)
        case .array(let type, let values):
            bytes(type) + bytes(UInt64(values.count)) + values.flatMap { bytes($0) }
        case .raw(_, let bytes): bytes
        }
    }
}
