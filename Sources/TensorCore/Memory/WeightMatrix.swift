/// How the elements of a frozen matrix are stored.
///
/// A format groups elements of a row into blocks; plain formats have blocks of one element. A backend decodes a
/// format when it packs a panel of the matrix for a product, so a quantised format is one more case here and one more
/// decoder there.
public enum WeightFormat: Sendable, Hashable, CaseIterable {
    case float32
    case float16
    case bfloat16

    /// The number of elements of a row that are stored together.
    public var blockElements: Int { 1 }
    /// The bytes of a block.
    public var blockBytes: Int { self == .float32 ? 4 : 2 }

    /// The bytes of a row with this many elements.
    ///
    /// - Precondition: `columns` is a multiple of `blockElements`.
    public func rowBytes(columns: Int) -> Int { columns / blockElements * blockBytes }
}

/// The bytes of a frozen matrix in memory that somebody else owns, such as a mapped file.
public struct WeightBytes: @unchecked Sendable {
    /// The rows, one after the other, in the byte order of this machine; they do not change.
    public let bytes: UnsafeRawBufferPointer
    /// How the elements are stored.
    public let format: WeightFormat
    /// The number of rows.
    public let rows: Int
    /// The number of columns.
    public let columns: Int
    /// Keeps the memory alive.
    public let owner: any AnyObject & Sendable
    /// Tells the owner that the bytes have been used and may leave memory until they are needed again.
    public let releasePages: @Sendable () -> Void

    /// A matrix in memory that lives as long as its owner.
    ///
    /// - Precondition: `bytes` has exactly the size that format and dimensions ask for.
    public init(
        bytes: UnsafeRawBufferPointer, format: WeightFormat, rows: Int, columns: Int,
        owner: any AnyObject & Sendable, releasePages: @escaping @Sendable () -> Void = {}
    ) {
        precondition(
            bytes.count == rows * format.rowBytes(columns: columns),
            "\(bytes.count) bytes for a \(format) matrix of \(rows)x\(columns)")
        self.bytes = bytes
        self.format = format
        self.rows = rows
        self.columns = columns
        self.owner = owner
        self.releasePages = releasePages
    }
}

/// A frozen matrix on a device, `[rows, columns]`.
///
/// It is not a tensor: it has a format instead of an element type, it is never written, and its only operations are a
/// product and a look-up of rows. Each backend subclasses it and decides where the bytes are.
open class WeightMatrix: @unchecked Sendable {
    /// How the elements are stored.
    public let format: WeightFormat
    /// The number of rows: the outputs of a linear layer.
    public let rows: Int
    /// The number of columns: the inputs of a linear layer.
    public let columns: Int

    /// Describes a matrix; the subclass brings the bytes.
    public init(format: WeightFormat, rows: Int, columns: Int) {
        self.format = format
        self.rows = rows
        self.columns = columns
    }

    /// The number of elements.
    public final var count: Int { rows * columns }
    /// The bytes that the elements take.
    public final var byteCount: Int { rows * format.rowBytes(columns: columns) }
}
