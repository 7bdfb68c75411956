/// Where a tensor lies in an APR file, and what it is.
public struct APRTensorInfo: Sendable, Hashable {
    /// The name in the file.
    public let name: String
    /// The element type.
    public let dtype: APRDType
    /// The dimensions, outermost first.
    public let shape: [Int]
    /// The bytes of the payload, as absolute offsets in the file.
    public let byteRange: Range<Int>

    /// The number of elements; the reader has checked that it does not overflow.
    public var elementCount: Int { shape.reduce(1, *) }
}

extension APRTensorInfo: TensorEntry {
    public var readable: TensorInfo? {
        dtype.readable.map { TensorInfo(name: name, dtype: $0, shape: shape, byteRange: byteRange) }
    }

    public var typeName: String { dtype.name }
}
