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
