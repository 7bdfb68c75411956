/// Scratch memory for one pass: tensors are taken in order and given back in reverse.
///
/// Slabs stay allocated for the next pass, so a training run allocates in its first steps only. They are large, for
/// what is left over at the end of one is wasted; on a host, pages that no tensor has touched take no memory.
public final class Workspace: @unchecked Sendable {
    /// A point to go back to.
    public struct Mark: Sendable {
        fileprivate let slab: Int
        fileprivate let used: Int
    }

    private static let minimumSlab = 1 << 26

    private let backend: any Backend
    private var slabs: [Storage] = []
    private var slab = 0
    private var used = 0

    /// Scratch on a backend. One pass at a time may use it.
    public init(backend: any Backend) { self.backend = backend }

    /// All bytes held.
    public var byteCount: Int { slabs.reduce(0) { $0 + $1.count * MemoryLayout<Float>.stride } }

    /// A tensor whose content is undefined, valid until the workspace goes back past this point.
    public func tensor(rows: Int, columns: Int) throws(BackendError) -> Tensor {
        // Rows of 16 floats keep every tensor on a cache-line boundary.
        let count = (rows * columns + 15) & ~15
        while true {
            if slab < slabs.count {
                if used + count <= slabs[slab].count {
                    defer { used += count }
                    return Tensor(slabs[slab], offset: used, rows: rows, columns: columns)
                }
                slab += 1
                used = 0
            } else {
                slabs.append(try backend.makeStorage(count: max(count, Self.minimumSlab)))
            }
        }
    }

    /// The present point.
    public var mark: Mark { Mark(slab: slab, used: used) }

    /// Gives back everything taken since the mark.
    public func release(to mark: Mark) {
        slab = mark.slab
        used = mark.used
    }

    /// Gives everything back.
    public func reset() {
        slab = 0
        used = 0
    }
}
