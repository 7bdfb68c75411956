/// The type of a tensor's elements.
public enum ElementType: Sendable, Hashable, CaseIterable {
    case float32
    case float16
    case bfloat16

    /// The bytes of an element.
    public var byteCount: Int { self == .float32 ? 4 : 2 }
}

/// Memory that a backend owns.
///
/// Each backend subclasses it, and only that backend reads it. The memory lives as long as the object.
open class Storage: @unchecked Sendable {
    /// The number of elements.
    public let count: Int
    /// The type of the elements.
    public let elementType: ElementType

    /// Describes memory of `count` elements; the subclass brings the memory itself.
    public init(count: Int, elementType: ElementType = .float32) {
        self.count = count
        self.elementType = elementType
    }

    /// The bytes that the elements take.
    public final var byteCount: Int { count * elementType.byteCount }
}

/// A row-major matrix of activations or trained values inside a storage. Rows may lie further apart than they are wide.
///
/// Activations have the element type that the backend chooses (`Backend.activationType`); statistics, logits and
/// everything that is trained are fp32. Frozen matrices are not tensors: see `WeightMatrix`.
///
/// Dimensions in this project: `T` packed token rows, `B` sequences, `D` hidden size, `H` query heads, `KV` key and
/// value heads, `C` size of a head, `F` intermediate size, `R` LoRA rank, `K` labels.
public struct Tensor: Sendable {
    /// The memory.
    public let storage: Storage
    /// The index of the first element in the storage.
    public let offset: Int
    /// The number of rows.
    public let rows: Int
    /// The number of columns.
    public let columns: Int
    /// The distance between the starts of two rows, at least `columns`.
    public let rowStride: Int

    /// A view of a storage.
    ///
    /// - Precondition: the view lies inside the storage.
    public init(_ storage: Storage, offset: Int = 0, rows: Int, columns: Int, rowStride: Int? = nil) {
        let rowStride = rowStride ?? columns
        precondition(rows >= 0 && columns >= 0 && rowStride >= columns && offset >= 0, "malformed view")
        precondition(
            rows == 0 || offset + (rows - 1) * rowStride + columns <= storage.count,
            "a view of \(rows)x\(columns) at \(offset) leaves its storage of \(storage.count) elements")
        self.storage = storage
        self.offset = offset
        self.rows = rows
        self.columns = columns
        self.rowStride = rowStride
    }

    /// The type of the elements.
    public var elementType: ElementType { storage.elementType }

    /// The number of elements.
    public var count: Int { rows * columns }

    /// Whether the rows follow each other without a gap.
    public var isContiguous: Bool { rowStride == columns || rows <= 1 }

    /// A range of rows.
    public func rows(_ range: Range<Int>) -> Tensor {
        precondition(range.lowerBound >= 0 && range.upperBound <= rows, "rows \(range) of \(rows)")
        return Tensor(
            storage, offset: offset + range.lowerBound * rowStride, rows: range.count, columns: columns,
            rowStride: rowStride)
    }

    /// A range of columns, sharing the memory.
    public func columns(_ range: Range<Int>) -> Tensor {
        precondition(range.lowerBound >= 0 && range.upperBound <= columns, "columns \(range) of \(columns)")
        return Tensor(
            storage, offset: offset + range.lowerBound, rows: rows, columns: range.count, rowStride: rowStride
        )
    }

    /// The same elements in other dimensions.
    ///
    /// - Precondition: contiguous, with the same number of elements.
    public func reshaped(rows: Int, columns: Int) -> Tensor {
        precondition(
            isContiguous && rows * columns == count,
            "cannot view \(self.rows)x\(self.columns) as \(rows)x\(columns)")
        return Tensor(storage, offset: offset, rows: rows, columns: columns)
    }
}
