/// The sum of the losses of a step's micro-batches, on the device until the host reads it.
///
/// A backend that computes the loss on a device subclasses it; `read` waits for the device.
open class LossTotals: @unchecked Sendable {
    /// The loss and the number of texts that are predicted right.
    public struct Values: Sendable, Hashable {
        /// The sum of the micro-batches' shares of the mean loss.
        public var loss = 0.0
        /// The number of texts whose predicted labels are the true ones.
        public var rightCount = 0

        /// Nothing yet.
        public init() {}
    }

    private var values = Values()

    /// Nothing yet. One pass at a time may add to it.
    public init() {}

    /// Adds a micro-batch's share.
    public final func add(loss: Double, rightCount: Int) {
        values.loss += loss
        values.rightCount += rightCount
    }

    /// Waits for the running work and returns the sums.
    open func read() -> Values { values }
}

extension Backend {
    public func makeLossTotals() -> LossTotals { LossTotals() }

    /// The loss as it is defined: on the host, in double precision.
    public func classificationLoss(
        logits: Tensor, targets: LossTargets, loss: LossFunction, normalizer: Double, dLogits: Tensor,
        totals: LossTotals
    ) {
        let values = values(of: logits)
        let result = loss.evaluate(
            logits: values, targets: targets, numLabels: logits.columns, normalizer: normalizer)
        result.dLogits.withUnsafeBufferPointer { upload($0, to: dLogits) }
        totals.add(
            loss: result.loss, rightCount: targets.rightCount(logits: values, numLabels: logits.columns))
    }
}
