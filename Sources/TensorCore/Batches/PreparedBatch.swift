/// A packed batch on a device: ids, positions, offsets and work lists are copied there once per pass.
///
/// A backend that needs more than the host's arrays subclasses it; every operation of the pass gets the same object.
open class PreparedBatch: @unchecked Sendable {
    /// The batch on the host.
    public let packed: PackedBatch
    private let pooledBatch: PreparedBatch?

    /// - Parameter pooled: the pooled rows as a batch of their own; nil in that batch itself.
    public init(_ packed: PackedBatch, pooled: PreparedBatch?) {
        self.packed = packed
        pooledBatch = pooled
    }

    /// The pooled rows as a batch of their own: `B` sequences of one row.
    public final var pooled: PreparedBatch { pooledBatch ?? self }
    /// The number of rows, `T`.
    public final var tokenCount: Int { packed.tokenCount }
    /// The number of sequences, `B`.
    public final var sequenceCount: Int { packed.sequenceCount }
}

extension Backend {
    public func prepare(_ batch: PackedBatch) throws(BackendError) -> PreparedBatch {
        PreparedBatch(batch, pooled: PreparedBatch(batch.pooled, pooled: nil))
    }
}
