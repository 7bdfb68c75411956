/// The elements of a metadata array.
///
/// Scalars are kept as the file's own bytes, so that a hostile count costs no more memory than the file has.
public struct GGUFArray: Sendable, Hashable {
    enum Storage: Sendable, Hashable {
        case scalars(GGUFValueType, [UInt8])
        case strings([String])
        case arrays([GGUFArray])
    }

    let storage: Storage

    /// The number of elements.
    public var count: Int {
        switch storage {
        case .scalars(let type, let bytes): bytes.count / type.minimumByteCount
        case .strings(let values): values.count
        case .arrays(let values): values.count
        }
    }

    /// The name of the element type, in lower case.
    public var elementTypeName: String {
        switch storage {
        case .scalars(let type, _): String(describing: type)
        case .strings: "string"
        case .arrays: "array"
        }
    }

    /// The texts, when this is an array of texts.
    public var strings: [String]? { if case .strings(let values) = storage { values } else { nil } }

    /// The integers, when every element is one that fits.
    public var ints: [Int]? {
        guard case .scalars = storage else { return nil }
        var result: [Int] = []
        result.reserveCapacity(count)
        for index in 0..<count {
            guard let value = self[index].int else { return nil }
            result.append(value)
        }
        return result
    }

    /// The floating-point numbers, when every element is one.
    public var doubles: [Double]? {
        guard case .scalars = storage else { return nil }
        var result: [Double] = []
        result.reserveCapacity(count)
        for index in 0..<count {
            guard let value = self[index].double else { return nil }
            result.append(value)
        }
        return result
    }

    /// An element.
    ///
    /// - Precondition: `index` is in `0..<count`.
    public subscript(index: Int) -> GGUFValue {
        switch storage {
        case .strings(let values): return .string(values[index])
        case .arrays(let values): return .array(values[index])
        case .scalars(let type, let bytes):
            precondition(index >= 0 && index < count, "index \(index) is outside an array of \(count)")
            return bytes.withUnsafeBytes { GGUFArray.scalar(type, in: $0, at: index * type.minimumByteCount) }
        }
    }

    /// Decodes a scalar that lies wholly inside `bytes`; a boolean is true when its byte is not zero.
    static func scalar(
        _ type: GGUFValueType, in bytes: UnsafeRawBufferPointer, at offset: Int
    ) -> GGUFValue {
        func load<T: FixedWidthInteger>(_: T.Type) -> T {
            T(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: T.self))
        }
        return switch type {
        case .uint8: .uint8(load(UInt8.self))
        case .int8: .int8(load(Int8.self))
        case .uint16: .uint16(load(UInt16.self))
        case .int16: .int16(load(Int16.self))
        case .uint32: .uint32(load(UInt32.self))
        case .int32: .int32(load(Int32.self))
        case .float32: .float32(Float(bitPattern: load(UInt32.self)))
        case .uint64: .uint64(load(UInt64.self))
        case .int64: .int64(load(Int64.self))
        case .float64: .float64(Double(bitPattern: load(UInt64.self)))
        case .bool: .bool(load(UInt8.self) != 0)
        case .string, .array: preconditionFailure("\(type) is no scalar")
        }
    }
}
