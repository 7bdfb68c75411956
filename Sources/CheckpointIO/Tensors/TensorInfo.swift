/// Where a tensor lies in a file, and what it is.
public struct TensorInfo: Sendable, Hashable {
    /// The name in the file.
    public let name: String
    /// The element type.
    public let dtype: DType
    /// The dimensions, outermost first; empty for a scalar.
    public let shape: [Int]
    /// The bytes of the payload, as absolute offsets in the file.
    public let byteRange: Range<Int>

    /// The number of elements; readers have checked that it does not overflow.
    public var elementCount: Int { shape.reduce(1, *) }
}

extension TensorInfo: TensorEntry {
    public var readable: TensorInfo? { dtype.isFloatingPoint ? self : nil }

    public var typeName: String { dtype.rawValue }
}

/// A tensor in memory in single precision, for the writers.
public struct NamedTensor: Sendable, Hashable {
    /// The name in the file.
    public var name: String
    /// The dimensions, outermost first.
    public var shape: [Int]
    /// The elements, row-major.
    public var values: [Float]

    /// A tensor of these values; the writers check that they fill the shape.
    public init(name: String, shape: [Int], values: [Float]) {
        self.name = name
        self.shape = shape
        self.values = values
    }
}

/// The name, element type and shape of a tensor that is still to be written.
public struct TensorDeclaration: Sendable, Hashable {
    /// The name in the file.
    public var name: String
    /// The element type in the file.
    public var dtype: DType
    /// The dimensions, outermost first.
    public var shape: [Int]

    /// A declaration; the writers check that its size does not overflow.
    public init(name: String, dtype: DType, shape: [Int]) {
        self.name = name
        self.dtype = dtype
        self.shape = shape
    }

    /// The bytes of the payload, or nil when they do not fit an integer or a dimension is negative.
    public var byteCount: Int? { ShapeArithmetic.byteCount(shape, width: dtype.byteCount) }
}

/// Checked products over dimensions that come from a file.
enum ShapeArithmetic {
    static func elementCount(_ shape: [Int]) -> Int? {
        var count = 1
        for dimension in shape {
            guard dimension >= 0 else { return nil }
            let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
            guard !overflow else { return nil }
            count = product
        }
        return count
    }

    static func byteCount(_ shape: [Int], width: Int) -> Int? {
        guard let count = elementCount(shape) else { return nil }
        let (bytes, overflow) = count.multipliedReportingOverflow(by: width)
        return overflow ? nil : bytes
    }
}

/// The element type of a stored tensor; the raw value is its name in safetensors.
///
/// The order of the cases is the order in which the safetensors library lays tensors out, last case first.
public enum DType: String, Sendable, Hashable, CaseIterable {
    case bool = "BOOL"
    case uint8 = "U8"
    case int8 = "I8"
    case int16 = "I16"
    case uint16 = "U16"
    case float16 = "F16"
    case bfloat16 = "BF16"
    case int32 = "I32"
    case uint32 = "U32"
    case float32 = "F32"
    case float64 = "F64"
    case int64 = "I64"
    case uint64 = "U64"

    /// The bytes of one element.
    public var byteCount: Int {
        switch self {
        case .bool, .uint8, .int8: 1
        case .int16, .uint16, .float16, .bfloat16: 2
        case .int32, .uint32, .float32: 4
        case .float64, .int64, .uint64: 8
        }
    }

    /// Whether elements are floating point numbers, which the readers widen to `Float`.
    public var isFloatingPoint: Bool {
        switch self {
        case .float16, .bfloat16, .float32, .float64: true
        default: false
        }
    }
}
