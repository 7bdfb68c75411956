import Platform

/// The tensor index of an APR file, read entry by entry and checked.
enum APRIndex {
    static let nameLimit = 256
    static let dimensionLimit = 8

    /// Reads the index of a whole file.
    static func read(
        file bytes: UnsafeRawBufferPointer, header: APRHeader
    ) throws(APRRule) -> [APRTensorInfo] {
        let start = header.index.lowerBound
        if header.tensorCount > 0, header.index.count >= 2, bytes[start] == UInt8(ascii: "["),
            bytes[start + 1] == UInt8(ascii: "{")
        {
            throw APRRule(.jsonIndex)
        }
        var reader = APRIndexReader(bytes: bytes, header: header)
        var tensors: [APRTensorInfo] = []
        // An entry takes at least 21 bytes, so a false count cannot make this reserve much.
        tensors.reserveCapacity(min(header.tensorCount, header.index.count / 21))
        for entry in 0..<header.tensorCount {
            let tensor = try reader.next(entry)
            if let previous = tensors.last {
                guard !utf8Equal(previous.name, tensor.name) else {
                    throw APRRule(.duplicateName(tensor.name))
                }
                guard utf8Precedes(previous.name, tensor.name) else {
                    throw APRRule(.indexUnsorted(name: tensor.name))
                }
            }
            tensors.append(tensor)
        }
        try checkOverlap(tensors)
        return tensors
    }

    private static func checkOverlap(_ tensors: [APRTensorInfo]) throws(APRRule) {
        let ordered = tensors.filter { !$0.byteRange.isEmpty }
            .sorted { $0.byteRange.lowerBound < $1.byteRange.lowerBound }
        for (left, right) in zip(ordered, ordered.dropFirst())
        where right.byteRange.lowerBound < left.byteRange.upperBound {
            throw APRRule(.overlap(name: right.name, other: left.name))
        }
    }
}

/// A cursor over the entries of the index.
private struct APRIndexReader {
    let bytes: UnsafeRawBufferPointer
    let header: APRHeader
    var cursor: Int

    init(bytes: UnsafeRawBufferPointer, header: APRHeader) {
        self.bytes = UnsafeRawBufferPointer(rebasing: bytes[header.index])
        self.header = header
        cursor = 0
    }

    mutating func next(_ entry: Int) throws(APRRule) -> APRTensorInfo {
        let length = Int(try integer(UInt16.self, entry))
        guard (1...APRIndex.nameLimit).contains(length) else { throw APRRule(.invalidName(entry: entry)) }
        guard length <= bytes.count - cursor else { throw APRRule(.indexTruncated(entry: entry)) }
        guard let name = String(validating: bytes[cursor..<cursor + length], as: UTF8.self) else {
            throw APRRule(.invalidName(entry: entry))
        }
        cursor += length

        let code = try integer(UInt8.self, entry)
        guard let dtype = APRDType(code: code) else { throw APRRule(.unknownDType(name: name, code: code)) }
        let rank = Int(try integer(UInt8.self, entry))
        guard rank <= APRIndex.dimensionLimit else {
            throw APRRule(.tooManyDimensions(name: name, count: rank))
        }
        var shape: [Int] = []
        for _ in 0..<rank {
            guard let dimension = Int(exactly: try integer(UInt64.self, entry)) else {
                throw APRRule(.shapeOverflow(name: name))
            }
            shape.append(dimension)
        }
        let offset = try integer(UInt64.self, entry)
        let size = try integer(UInt64.self, entry)
        guard let elements = ShapeArithmetic.elementCount(shape),
            let expected = dtype.byteCount(elements: elements)
        else { throw APRRule(.shapeOverflow(name: name)) }
        guard let start = Int(exactly: offset), let length = Int(exactly: size), start <= header.data.count,
            length <= header.data.count - start
        else { throw APRRule(.tensorBounds(name: name)) }
        guard expected == length else {
            throw APRRule(.sizeMismatch(name: name, expected: expected, got: length))
        }
        let absolute = header.data.lowerBound + start
        return APRTensorInfo(name: name, dtype: dtype, shape: shape, byteRange: absolute..<absolute + length)
    }

    private mutating func integer<Value: FixedWidthInteger>(
        _ type: Value.Type, _ entry: Int
    ) throws(APRRule) -> Value {
        guard let value = bytes.littleEndian(at: cursor, as: type) else {
            throw APRRule(.indexTruncated(entry: entry))
        }
        cursor += MemoryLayout<Value>.size
        return value
    }
}

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
