public import TensorCore

/// The processes that train one model together.
///
/// Every process computes the gradients of its share of each effective batch; they are summed at one point, between
/// the backward pass and clipping. After that point all processes do the same. One of them, the main process, writes
/// files and reports events. `SingleProcess` is a single process without others.
public protocol Collective: Sendable {
    /// This process's number, from 0.
    var rank: Int { get }
    /// The number of processes.
    var size: Int { get }
    /// Sums gradients, in place, and totals over all processes.
    ///
    /// - Parameters:
    ///   - totals: the loss and right predictions of this process's share.
    ///   - gradients: fp32 on the backend, `[1, count]`.
    /// - Returns: the sums of the totals.
    func reduce(
        _ totals: LossTotals.Values, gradients: Tensor, on backend: any Backend
    ) throws -> LossTotals.Values
    /// Whether the flag is true in any process; all get the same answer.
    func any(_ flag: Bool) -> Bool
}

extension Collective {
    /// Whether this process saves checkpoints, writes logs and reports events.
    public var isMain: Bool { rank == 0 }
}

/// A single process without others.
public struct SingleProcess: Collective {
    /// The only process.
    public init() {}

    public var rank: Int { 0 }
    public var size: Int { 1 }

    public func reduce(
        _ totals: LossTotals.Values, gradients: Tensor, on backend: any Backend
    ) -> LossTotals.Values { totals }

    public func any(_ flag: Bool) -> Bool { flag }
}
