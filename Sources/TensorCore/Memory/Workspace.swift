/// Scratch memory for one pass: tensors are allocated in order and freed in reverse.
///
/// Slabs stay allocated for the next pass, so a training run allocates in its first steps only. A backend makes
/// workspaces (`Backend.makeWorkspace`) and chooses the size of their slabs.
public final class Workspace: @unchecked Sendable {
    /// A point to free back to.
    public struct Mark: Sendable {
        fileprivate let positions: [Position]
    }

    fileprivate struct Position {
        var slab = 0
        var used = 0
    }

    private struct Pool {
        let elementType: ElementType
        var slabs: [Storage] = []
        var position = Position()
    }

    private let backend: any Backend
    private let slabCount: Int
    /// One pool for each element type in use.
    private var pools: [Pool]

    /// Scratch on a backend. One pass at a time may use it.
    ///
    /// - Parameter slabCount: the number of elements of a slab, unless a single tensor needs more.
    public init(backend: any Backend, slabCount: Int) {
        self.backend = backend
        self.slabCount = slabCount
        let types: Set<ElementType> = [.float32, backend.activationType]
        pools = ElementType.allCases.filter(types.contains).map { Pool(elementType: $0) }
    }

    /// All bytes held.
    public var byteCount: Int {
        pools.reduce(0) { sum, pool in pool.slabs.reduce(sum) { $0 + $1.byteCount } }
    }

    /// A tensor whose content is undefined, valid until the workspace is freed past this point.
    ///
    /// - Parameter elementType: `nil` means the backend's type of activations; fp32 is for statistics and logits.
    public func tensor(
        rows: Int, columns: Int, elementType: ElementType? = nil
    ) throws(BackendError) -> Tensor {
        let type = elementType ?? backend.activationType
        guard let index = pools.firstIndex(where: { $0.elementType == type }) else {
            preconditionFailure("a workspace has fp32 and the backend's type of activations, not \(type)")
        }
        // Multiples of 16 elements keep every tensor on a cache-line boundary.
        let count = (rows * columns + 15) & ~15
        while true {
            let position = pools[index].position
            if position.slab == pools[index].slabs.count {
                pools[index].slabs.append(
                    try backend.makeStorage(count: max(count, slabCount), elementType: type))
            } else if position.used + count > pools[index].slabs[position.slab].count {
                pools[index].position = Position(slab: position.slab + 1, used: 0)
            } else {
                pools[index].position.used += count
                return Tensor(
                    pools[index].slabs[position.slab], offset: position.used, rows: rows, columns: columns)
            }
        }
    }

    /// The current point.
    public var mark: Mark { Mark(positions: pools.map(\.position)) }

    /// Frees everything allocated since the mark.
    public func release(to mark: Mark) {
        for index in pools.indices { pools[index].position = mark.positions[index] }
    }

    /// Frees everything.
    public func reset() {
        for index in pools.indices { pools[index].position = Position() }
    }
}
